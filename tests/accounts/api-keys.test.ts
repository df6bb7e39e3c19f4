import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

type Made = { id: string; key: string };

let salon: Salon;
let ana: Agent;
beforeAll(async () => {
  salon = await startSalon();
  ana = await salon.signUp('Ana');
});
afterAll(() => salon.close());

const make = async (body: object = {}, agent = ana) =>
  (
    await agent
      .post('/settings/keys')
      .send({ name: 'Script', ...body })
      .expect(201)
  ).body as Made;
const bearer = (key: string) => ({ authorization: `Bearer ${key}`, accept: 'application/json' });
const get = (key: string, path: string) => salon.anonymous().get(path).set(bearer(key));
const post = (key: string, path: string, body: object = {}) =>
  salon.anonymous().post(path).set(bearer(key)).send(body);
const form = (agent: Agent, path: string, fields: Record<string, string | string[]> = {}) =>
  agent.post(path).type('form').set('accept', 'text/html').send(fields);
const rowOf = (id: string) =>
  query<{ last_used_at: number | null }>(salon.dir, 'select * from api_keys where id = ?', id)[0];

it('makes a key that is shown this once and kept as a hash', async () => {
  const answer = await ana.post('/settings/keys').send({ name: ' Laptop ' }).expect(201);
  const { id, key } = answer.body as Made;
  expect(key).toMatch(/^salon_[\w-]{43}$/);
  expect(answer.body).toMatchObject({ name: 'Laptop', scopes: ['chat', 'images'], expires_at: null });
  expect(JSON.stringify(rowOf(id))).not.toContain(key.slice(13));
  const list = await ana.get('/settings/keys').set('accept', 'application/json').expect(200);
  const listed = (list.body.keys as Record<string, unknown>[]).find((one) => one['id'] === id);
  expect(listed).toMatchObject({ hint: key.slice(6, 12), last_used_at: null });
  expect(list.text).not.toContain(key.slice(13));
  expect(JSON.stringify(await salon.logLines())).not.toContain(key.slice(6));
});

it('shows a key made by form once, on the page after it and not in its address', async () => {
  const made = await form(ana, '/settings/keys', { name: 'By form', scopes: ['chat', 'history'] }).expect(
    303,
  );
  const address = String(made.headers['location']);
  expect(address).toMatch(/^\/settings\/keys\?made=[0-9a-z]{26}$/);
  const stranger = await salon.signUp('Stranger');
  expect((await stranger.get(address).expect(200)).text).not.toMatch(/salon_[\w-]{43}/);
  const page = await ana.get(address).expect(200);
  const key = /<code>(salon_[\w-]{43})<\/code>/.exec(page.text)?.[1] ?? '';
  expect(page.text).toContain('By form');
  await get(key, '/conversations').expect(200);
  await get(key, '/history').expect(200);
  await get(key, '/images').expect(403);
  expect((await ana.get(address).expect(200)).text).not.toContain(key);
});

it('draws the form again with what was typed, and says what is wrong', async () => {
  const wrong: [Record<string, string | string[]>, string][] = [
    [{ name: '', scopes: 'chat' }, 'name'],
    [{ name: 'Typed name', scopes: 'chat', expires_at: '2020-01-01' }, 'expires_at'],
    [{ name: 'Typed name', scopes: 'chat', expires_at: 'soon' }, 'expires_at'],
    [{ name: 'Typed name' }, 'scopes'],
    [{ name: 'Typed name', scopes: ['chat', 'admin'] }, 'scopes'],
  ];
  for (const [fields, field] of wrong) {
    const page = await form(ana, '/settings/keys', fields).expect(422);
    expect(page.text).toContain(`id="${field}-error"`);
    if (fields['name']) expect(page.text).toContain('value="Typed name"');
  }
  for (const body of [
    {},
    { name: 7 },
    { name: 'x'.repeat(61) },
    { name: 'x', scopes: 'root' },
    { name: '\u0007' },
  ])
    await ana.post('/settings/keys').send(body).expect(422);
});

it('does only what the key is for: anything else is 403', async () => {
  const { key: chat } = await make({ scopes: ['chat'] });
  const { key: pictures } = await make({ scopes: ['images'] });
  const made = await post(chat, '/conversations', { title: 'By key' }).expect(201);
  await get(chat, `/conversations/${made.body.id}`).expect(200);
  const refused = await get(chat, '/images').expect(403);
  expect(refused.body).toMatchObject({ code: 'scope_missing' });
  await get(chat, '/history').expect(403);
  await post(chat, '/generate_image', { prompt: 'x' }).expect(403);
  await get(pictures, '/images').expect(200);
  await get(pictures, '/conversations').expect(403);
  await get(pictures, `/conversations/${made.body.id}`).expect(403);
  await post(pictures, '/generate_code', { prompt: 'x' }).expect(403);
  await get(pictures, '/').expect(403);
});

it('lets a key for chat order no picture through a conversation', async () => {
  const { key: chat } = await make({ scopes: ['chat'] });
  const count = () => query(salon.dir, 'select 1 from images').length;
  const before = count();
  const conversation = await post(chat, '/conversations', { title: 'Words only' }).expect(201);
  const order = { content: 'a lighthouse', picture: true };
  await post(chat, '/conversations', order).expect(403);
  await post(chat, `/conversations/${conversation.body.id}/messages`, order).expect(403);
  expect(count()).toBe(before);
  const { key: both } = await make();
  await post(both, `/conversations/${conversation.body.id}/messages`, order).expect(201);
  expect(count()).toBe(before + 1);
});

it('shows no conversation beside the pages that a key for pictures may see', async () => {
  await ana.post('/conversations').send({ title: 'Secret canary title' }).expect(201);
  const { key } = await make({ scopes: ['images', 'history'] });
  const page = await get(key, '/images').set('accept', 'text/html').expect(200);
  expect(page.text).not.toContain('canary');
  expect((await ana.get('/images').set('accept', 'text/html').expect(200)).text).toContain('canary');
});

it('changes neither passwords, keys, sessions nor the account by a key or a token', async () => {
  const { id, key } = await make({ scopes: ['chat', 'images', 'history'] });
  const signedIn = await salon
    .anonymous()
    .post('/api/login')
    .send({ username: 'Ana', password: 'correct horse 1' })
    .expect(200);
  const before = JSON.stringify(query(salon.dir, 'select id from api_keys'));
  for (const secret of [key, signedIn.body.access_token as string]) {
    const asked = [
      await get(secret, '/settings'),
      await get(secret, '/settings/keys'),
      await get(secret, '/settings/sessions'),
      await post(secret, '/settings', { theme: 'dark' }),
      await salon.anonymous().patch('/settings').set(bearer(secret)).send({ theme: 'dark' }),
      await post(secret, '/settings/password', {
        current_password: 'correct horse 1',
        password: 'taken over 1',
      }),
      await post(secret, '/settings/keys', { name: 'More' }),
      await post(secret, `/settings/keys/${id}/delete`),
      await salon.anonymous().delete(`/settings/keys/${id}`).set(bearer(secret)),
      await post(secret, '/settings/sessions/delete'),
      await salon.anonymous().delete('/settings/sessions').set(bearer(secret)),
      await post(secret, `/settings/sessions/${id}/delete`),
    ];
    for (const answer of asked) expect([answer.status, answer.body.code]).toEqual([403, 'session_needed']);
  }
  expect(JSON.stringify(query(salon.dir, 'select id from api_keys'))).toBe(before);
  expect(query(salon.dir, "select theme from users where username = 'Ana'")).toEqual([{ theme: 'system' }]);
});

it('keeps the key of an administrator out of the administration', async () => {
  const { key } = await make({ scopes: ['chat', 'images', 'history'] });
  await ana.get('/admin').expect(200);
  await get(key, '/admin').expect(403);
  const { body } = await salon
    .anonymous()
    .post('/api/login')
    .send({ username: 'Ana', password: 'correct horse 1' });
  await get(body.access_token as string, '/admin').expect(200);
});

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

it('T024 store-fault: when keys cannot be looked up programs are told to wait', async () => {
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
