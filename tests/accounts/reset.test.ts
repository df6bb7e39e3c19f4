import { expect, it } from 'vitest';
import { idOfPerson, query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let admin: Agent;
setUpAgents(['Ana'], (...opened) => ([salon, admin] = opened));

const idOf = (name: string) => idOfPerson(salon.dir, name);
const hashOf = (name: string) =>
  query<{ h: string }>(salon.dir, 'select password_hash as h from users where username = ?', name)[0]?.h;
const linkFor = async (name: string): Promise<string> => {
  const { body } = await admin.post(`/admin/people/${idOf(name)}/reset`).expect(201);
  return new URL(String(body.url)).pathname;
};
const finish = (path: string, password = 'brand new pass 1') =>
  salon.anonymous().post(path).send({ password });
const signIn = (username: string, password: string) =>
  salon.anonymous().post('/login').send({ username, password });

it('sets a new password once, ends sessions and tokens, and never tells the administrator', async () => {
  const ben = await salon.signUp('Ben');
  const { body: pair } = await salon
    .anonymous()
    .post('/api/login')
    .send({ username: 'Ben', password: 'correct horse 1' })
    .expect(200);
  const path = await linkFor('Ben');
  await ben.get('/settings').set('accept', 'application/json').expect(200);
  const page = await salon.anonymous().get(path).set('accept', 'text/html').expect(200);
  expect(page.text).toContain('For the account Ben');
  await finish(path).expect(204);
  await ben.get('/settings').set('accept', 'application/json').expect(401);
  await salon.anonymous().get('/api/me').set('authorization', `Bearer ${pair.access_token}`).expect(401);
  await salon.anonymous().post('/api/refresh').send({ refresh_token: pair.refresh_token }).expect(401);
  await signIn('Ben', 'correct horse 1').expect(401);
  await signIn('Ben', 'brand new pass 1').expect(200);
  await finish(path, 'another pass 22').expect(404);
  await signIn('Ben', 'brand new pass 1').expect(200);
});

it('whatever is no good link answers the same, and changes nothing', async () => {
  await salon.signUp('Cleo');
  await salon.signUp('Dora');
  const before = [hashOf('Cleo'), hashOf('Dora')];
  const replaced = await linkFor('Cleo');
  const expired = await linkFor('Cleo');
  query(salon.dir, 'update reset_links set expires_at = 1');
  const strange = [
    ...['/reset/null', '/reset/0', '/reset/undefined', '/reset/%00', `/reset/${'A'.repeat(43)}`],
    ...[`/reset/${'A'.repeat(5000)}`, '/reset/%25', '/reset/[]', replaced, expired, `${expired}=`],
  ];
  const texts = new Set<string>();
  for (const path of strange) {
    const { body } = await finish(path).expect(404);
    texts.add(JSON.stringify({ ...body, request_id: '' }));
    const page = await salon.anonymous().get(path).set('accept', 'text/html').expect(404);
    texts.add(page.text.replaceAll(String(page.headers['x-request-id']), 'ID'));
  }
  expect(texts.size).toBe(2);
  expect([...texts].every((text) => text.includes('no longer valid'))).toBe(true);
  await salon.anonymous().post('/reset/').send({ password: 'brand new pass 1' }).expect(404);
  const good = await linkFor('Dora');
  for (const password of [null, '', [], 0, {}, undefined, 'short', 'Dora', 'password'])
    await salon
      .anonymous()
      .post(good)
      .send({ password, token: 'x', user_id: idOf('Cleo') })
      .expect(422);
  expect([hashOf('Cleo'), hashOf('Dora')]).toEqual(before);
  await finish(good).expect(204);
  expect(hashOf('Cleo')).toBe(before[0]);
});

it('lives an hour at most, is stored as a hash, and is not in the log', async () => {
  await salon.signUp('Eve');
  const path = await linkFor('Eve');
  await salon.anonymous().get(path).set('accept', 'text/html').expect(200);
  const token = path.split('/').at(-1) ?? '';
  const rows = query<{ expires_at: number; created_at: number }>(salon.dir, 'select * from reset_links');
  expect(JSON.stringify(rows)).not.toContain(token);
  for (const row of rows) expect(row.expires_at - row.created_at).toBeLessThanOrEqual(3_600_000);
  expect(JSON.stringify(await salon.allLogLines())).not.toContain(token);
  expect(JSON.stringify(query(salon.dir, 'select * from audit_entries'))).not.toContain(token);
});

it('is used by exactly one of many at once', async () => {
  await salon.signUp('Finn');
  const path = await linkFor('Finn');
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => finish(path, `parallel pass ${i}`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array<number>(7).fill(404)]);
});

it('leaves a suspended person out, whatever the link', async () => {
  await salon.signUp('Gus');
  await admin
    .patch(`/admin/people/${idOf('Gus')}`)
    .send({ suspended: true })
    .expect(200);
  await finish(await linkFor('Gus')).expect(204);
  await signIn('Gus', 'brand new pass 1').expect(401);
});

it('works as a form without scripts, and leads to sign-in', async () => {
  await salon.signUp('Hugo');
  const path = await linkFor('Hugo');
  const form = (fields: Record<string, string>) => salon.anonymous().post(path).type('form').send(fields);
  const wrong = await form({ password: 'form password 1', password_confirmation: 'other' }).expect(422);
  expect(wrong.text).toContain('The two passwords are not the same.');
  const done = await form({ password: 'form password 1', password_confirmation: 'form password 1' }).expect(
    303,
  );
  expect(done.headers['location']).toBe('/login?done=reset');
  const login = await salon.anonymous().get('/login?done=reset').set('accept', 'text/html').expect(200);
  expect(login.text).toContain('Your new password is saved');
  await signIn('Hugo', 'form password 1').expect(200);
});

it('shows the link once on the person’s page', async () => {
  await salon.signUp('Ida');
  const sent = await admin
    .post(`/admin/people/${idOf('Ida')}/reset`)
    .type('form')
    .send({})
    .expect(303);
  const location = String(sent.headers['location']);
  const page = await admin.get(location).set('accept', 'text/html').expect(200);
  const [link] = /\/reset\/[\w-]{43}/.exec(page.text) ?? [];
  expect(link).toBeDefined();
  expect((await admin.get(location).set('accept', 'text/html').expect(200)).text).not.toContain(link);
  await finish(String(link)).expect(204);
});
