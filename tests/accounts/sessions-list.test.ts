import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDevice } from '../../src/accounts/device.ts';
import { query } from '../support/database.ts';
import { cookieOf } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';

type Entry = { id: string; device: string; ip: string; current: boolean; used_at: string };

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const password = 'correct horse 1';
let salon: Salon;
beforeAll(async () => {
  salon = await startSalon();
  for (const name of ['Ana', 'Bo']) await salon.signUp(name);
});
afterAll(() => salon.close());

const signIn = async (username = 'Ana', agent = firefox) =>
  cookieOf(
    (await salon.anonymous().post('/login').set('user-agent', agent).send({ username, password }).expect(200))
      .headers,
  );
const ask = (cookie: string, method: 'get' | 'post' | 'delete', path: string, accept = 'application/json') =>
  salon.anonymous()[method](path).set({ cookie, accept });
const list = async (cookie: string) =>
  (await ask(cookie, 'get', '/settings/sessions').expect(200)).body as {
    sessions: Entry[];
    clients: Entry[];
  };
const works = async (cookie: string) => (await ask(cookie, 'get', '/conversations')).status === 200;

it('lists own sessions with device, address and times, and marks the asking one', async () => {
  const own = await signIn();
  await signIn('Ana', 'python-requests/2.32');
  const { sessions } = await list(own);
  expect(sessions.filter(({ current }) => current)).toHaveLength(1);
  const mine = sessions.find(({ current }) => current);
  expect(mine).toMatchObject({
    device: 'Firefox on Linux',
    ip: expect.stringMatching(/127\.0\.0\.1|::1/),
  });
  expect(Date.parse(mine?.used_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(sessions.map(({ device }) => device)).toContain('python-requests');
  const page = await ask(own, 'get', '/settings', 'text/html').expect(200);
  expect(page.text).toContain('Firefox on Linux');
  expect(page.text).toContain('This device');
});

it('raw ids and their hashes are never shown', async () => {
  const cookie = await signIn();
  const raw =
    decodeURIComponent(cookie)
      .replace(/^salon=s:/, '')
      .split('.')[0] ?? 'none';
  const [row] = query<{ id_hash: string }>(
    salon.dir,
    'select id_hash from sessions order by created_at desc limit 1',
  );
  for (const [path, accept] of [
    ['/settings', 'text/html'],
    ['/settings/sessions', 'application/json'],
  ] as const) {
    const { text } = await ask(cookie, 'get', path, accept).expect(200);
    expect(text).not.toContain(raw);
    expect(text).not.toContain(row?.id_hash);
  }
});

it('ends one of the own at once; a foreign id is 404 and stays', async () => {
  const [mine, other, bo] = [await signIn(), await signIn(), await signIn('Bo')];
  const idOf = async (cookie: string) =>
    (await list(cookie)).sessions.find(({ current }) => current)?.id ?? '';
  const [otherId, boId] = [await idOf(other), await idOf(bo)];
  for (const attempt of [
    ask(mine, 'delete', `/settings/sessions/${boId}`),
    ask(mine, 'post', `/settings/sessions/${boId}/delete`),
    ask(mine, 'delete', '/settings/sessions/unknown'),
  ])
    await attempt.expect(404);
  expect(await works(bo)).toBe(true);
  await ask(mine, 'delete', `/settings/sessions/${otherId}`).expect(204);
  expect([await works(other), await works(mine)]).toEqual([false, true]);
  await ask(mine, 'delete', `/settings/sessions/${otherId}`).expect(404);
});

it('lists clients with tokens beside the sessions, and ends one', async () => {
  const cookie = await signIn();
  const { body } = await salon
    .anonymous()
    .post('/api/login')
    .set('user-agent', 'salon-phone/1.2 (Android 15)')
    .send({ username: 'Ana', password })
    .expect(200);
  const { clients } = await list(cookie);
  expect(clients).toEqual([expect.objectContaining({ device: 'salon-phone on Android', current: false })]);
  const page = await ask(cookie, 'get', '/settings', 'text/html').expect(200);
  expect(page.text).toContain('salon-phone on Android');
  const answer = await salon
    .anonymous()
    .post(`/settings/sessions/${clients[0]?.id}/delete`)
    .type('form')
    .set({ cookie, accept: 'text/html' })
    .expect(303);
  expect(answer.headers['location']).toBe('/settings?saved=session_ended#sessions');
  const me = salon.anonymous().get('/api/me').set('authorization', `Bearer ${body.access_token}`);
  await me.expect(401);
});

it('ends all others, sessions and clients, and keeps this one and the API keys', async () => {
  const [mine, other] = [await signIn(), await signIn()];
  const key = await salon
    .anonymous()
    .post('/settings/keys')
    .set('cookie', mine)
    .send({ name: 'x' })
    .expect(201);
  const client = await salon.anonymous().post('/api/login').send({ username: 'Ana', password }).expect(200);
  await ask(mine, 'post', '/settings/sessions/delete').expect(204);
  expect([await works(mine), await works(other)]).toEqual([true, false]);
  const by = (bearer: string) => salon.anonymous().get('/api/me').set('authorization', `Bearer ${bearer}`);
  await by(client.body.access_token as string).expect(401);
  await by(key.body.key as string).expect(200);
  expect((await list(mine)).sessions).toHaveLength(1);
});

it('ends the asking session too when it is named, and leads to sign-in', async () => {
  const mine = await signIn();
  const id = (await list(mine)).sessions.find(({ current }) => current)?.id ?? '';
  await ask(mine, 'post', `/settings/sessions/${id}/delete`, 'text/html').expect(303);
  await ask(mine, 'get', '/settings', 'text/html').expect(302);
  expect(await works(mine)).toBe(false);
});

it('a new password ends other sessions and clients, and API keys only when asked', async () => {
  const [mine, other] = [await signIn('Bo'), await signIn('Bo')];
  const client = await salon.anonymous().post('/api/login').send({ username: 'Bo', password }).expect(200);
  const key = await salon
    .anonymous()
    .post('/settings/keys')
    .set('cookie', mine)
    .send({ name: 'x' })
    .expect(201);
  const by = (bearer: string) => salon.anonymous().get('/api/me').set('authorization', `Bearer ${bearer}`);
  const change = (cookie: string, from: string, to: string, more: object = {}) =>
    salon
      .anonymous()
      .post('/settings/password')
      .set('cookie', cookie)
      .send({ current_password: from, password: to, ...more });
  await change(mine, 'not the right one', 'another good one').expect(422);
  expect(await works(other)).toBe(true);
  const renewed = cookieOf((await change(mine, password, 'another good one').expect(200)).headers);
  expect([await works(renewed), await works(mine), await works(other)]).toEqual([true, false, false]);
  await by(client.body.access_token as string).expect(401);
  await salon.anonymous().post('/api/refresh').send({ refresh_token: client.body.refresh_token }).expect(401);
  await by(key.body.key as string).expect(200);
  await change(renewed, 'another good one', 'and one more now', { end_api_keys: true }).expect(200);
  await by(key.body.key as string).expect(401);
});

it('an id planted before signing in by JSON or by page opens nothing afterwards', async () => {
  const planted = await signIn();
  await ask(planted, 'post', '/logout').expect(204);
  await salon
    .anonymous()
    .post('/api/login')
    .set('cookie', planted)
    .send({ username: 'Ana', password })
    .expect(200);
  expect(await works(planted)).toBe(false);
  const fresh = cookieOf(
    (await salon.anonymous().post('/login').set('cookie', planted).send({ username: 'Ana', password }))
      .headers,
  );
  expect(fresh).not.toBe(planted);
  expect([await works(planted), await works(fresh)]).toEqual([false, true]);
});

it('another role counts with the next request of the same session', async () => {
  const cookie = await signIn('Ana');
  const role = async () => (await ask(cookie, 'get', '/api/me').expect(200)).body.user.role as string;
  query(salon.dir, "update users set role = 'user' where username = 'Ana'");
  expect(await role()).toBe('user');
  query(salon.dir, "update users set role = 'admin' where username = 'Ana'");
  expect(await role()).toBe('admin');
});

it.each([
  [firefox, { program: 'Firefox', system: 'Linux' }],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0',
    { program: 'Edge', system: 'Windows' },
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    { program: 'Safari', system: 'iPhone' },
  ],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    { program: 'Chrome', system: 'Android' },
  ],
  ['curl/8.5.0', { program: 'curl' }],
  ['Mozilla/5.0', {}],
  ['<script>alert(1)</script>', {}],
  [null, {}],
])('tells browser and system from %s', (userAgent, expected) => {
  expect(describeDevice(userAgent)).toEqual(expected);
});
