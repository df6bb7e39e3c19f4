import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpKeys, type Made } from './key-client.ts';

let salon: Salon;
let ana: Agent;
const { bearer, make, get, post, form, rowOf } = setUpKeys((...opened) => ([salon, ana] = opened));

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
  expect(JSON.stringify(await salon.allLogLines())).not.toContain(key.slice(6));
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
  const { key: images } = await make({ scopes: ['images'] });
  const made = await post(chat, '/conversations', { title: 'By key' }).expect(201);
  await get(chat, `/conversations/${made.body.id}`).expect(200);
  const refused = await get(chat, '/images').expect(403);
  expect(refused.body).toMatchObject({ code: 'scope_missing' });
  await get(chat, '/history').expect(403);
  await post(chat, '/generate_image', { prompt: 'x' }).expect(403);
  await get(images, '/images').expect(200);
  await get(images, '/conversations').expect(403);
  await get(images, `/conversations/${made.body.id}`).expect(403);
  await post(images, '/generate_code', { prompt: 'x' }).expect(403);
  await get(images, '/').expect(403);
});

it('lets a key for chat order no image through a conversation', async () => {
  const { key: chat } = await make({ scopes: ['chat'] });
  const count = () => query(salon.dir, 'select 1 from images').length;
  const before = count();
  const conversation = await post(chat, '/conversations', { title: 'Words only' }).expect(201);
  const order = { content: 'a lighthouse', image: true };
  await post(chat, '/conversations', order).expect(403);
  await post(chat, `/conversations/${conversation.body.id}/messages`, order).expect(403);
  expect(count()).toBe(before);
  const { key: both } = await make();
  await post(both, `/conversations/${conversation.body.id}/messages`, order).expect(201);
  expect(count()).toBe(before + 1);
});

it('shows no conversation beside the pages that a key for images may see', async () => {
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
