import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { setUpKeys } from './key-client.ts';

let salon: Salon;
let ana: Agent;
const { bearer, make, get, form, rowOf } = setUpKeys((...opened) => ([salon, ana] = opened));

it('notes the last use, at most every five minutes', async () => {
  const { id, key } = await make();
  await get(key, '/conversations').expect(200);
  const first = rowOf(id)?.last_used_at ?? 0;
  expect(first).toBeGreaterThan(0);
  await get(key, '/conversations').expect(200);
  expect(rowOf(id)?.last_used_at).toBe(first);
  query(salon.dir, 'update api_keys set last_used_at = ? where id = ?', first - 5 * 60_000 - 1, id);
  await get(key, '/conversations').expect(200);
  expect(rowOf(id)?.last_used_at).toBeGreaterThanOrEqual(first);
});

it('ends a key by its time, through the end of the day named in the own time zone', async () => {
  await ana.patch('/settings').send({ time_zone: 'Pacific/Auckland' }).expect(200);
  const { id, key } = await make({ expires_at: '2099-12-31' });
  const [row] = query<{ expires_at: number }>(salon.dir, 'select expires_at from api_keys where id = ?', id);
  expect(new Date(row?.expires_at ?? 0).toISOString()).toBe('2099-12-31T11:00:00.000Z');
  await get(key, '/conversations').expect(200);
  query(salon.dir, 'update api_keys set expires_at = ? where id = ?', Date.now(), id);
  await get(key, '/conversations').expect(401);
  expect((await ana.get('/settings/keys').set('accept', 'text/html')).text).toContain('Expired');
  await make({ expires_at: '2099-12-31T10:00:00Z' });
});

it('deletes a key at once, by program and by form, and only one of the own', async () => {
  const [one, two] = [await make(), await make()];
  const bo = await salon.signUp('Bo');
  await bo.delete(`/settings/keys/${one.id}`).expect(404);
  await get(one.key, '/conversations').expect(200);
  await ana.delete(`/settings/keys/${one.id}`).expect(204);
  await get(one.key, '/conversations').expect(401);
  await ana.delete(`/settings/keys/${one.id}`).expect(404);
  const answer = await form(ana, `/settings/keys/${two.id}/delete`).expect(303);
  expect(answer.headers['location']).toBe('/settings/keys?deleted=1');
  await get(two.key, '/conversations').expect(401);
});

it('follows the account: a suspended or deleted person has no keys that work', async () => {
  const cy = await salon.signUp('Cy');
  const { key } = await make({}, cy);
  query(salon.dir, "update users set suspended_at = 1 where username = 'Cy'");
  await get(key, '/conversations').expect(401);
  query(salon.dir, "update users set suspended_at = null where username = 'Cy'");
  await get(key, '/conversations').expect(200);
  query(salon.dir, "delete from users where username = 'Cy'");
  await get(key, '/conversations').expect(401);
});

it('holds at most fifty keys, also when many are made at once', async () => {
  const dee = await salon.signUp('Dee');
  const answers = await Promise.all(
    Array.from({ length: 55 }, () => dee.post('/settings/keys').send({ name: 'Many' })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
  expect(answers.find(({ status }) => status !== 201)?.body.errors[0].field).toBe('name');
});

it('when keys cannot be looked up programs are told to wait', async () => {
  const own = await startSalon();
  try {
    const { body } = await (await own.signUp('Ana')).post('/settings/keys').send({ name: 'x' }).expect(201);
    query(own.dir, 'alter table api_keys rename to away');
    await own.anonymous().get('/conversations').set(bearer(body.key)).expect(503);
    query(own.dir, 'alter table away rename to api_keys');
    await own.anonymous().get('/conversations').set(bearer(body.key)).expect(200);
  } finally {
    await own.close();
  }
});
