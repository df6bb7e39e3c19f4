import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startModelServer } from '../support/model-server.ts';
import { cookieOf, rawRequest } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';
import { password, sessionsOfAna } from './sessions-setup.ts';

let salon: Salon;
setUpAgents(['Ana'], (...opened) => ([salon] = opened));

const { signIn, me } = sessionsOfAna(() => salon);

it('an invented session id is never adopted', async () => {
  const planted = `salon=${encodeURIComponent(`s:${'a'.repeat(32)}.${'b'.repeat(43)}`)}`;
  const { cookie } = await signIn({ cookie: planted });
  expect(cookie).not.toBe(planted);
  await me(planted).expect(401);
  await me(cookie).expect(200);
});

it('signing in over a session gives a new id and ends the old one', async () => {
  const first = await signIn();
  const second = await signIn({ cookie: first.cookie });
  expect(second.cookie).not.toBe(first.cookie);
  await me(first.cookie).expect(401);
  await me(second.cookie).expect(200);
});

it('after signing out the cookie opens nothing, and its row is gone', async () => {
  for (const [method, path] of [
    ['POST', '/logout'],
    ['GET', '/logout'],
  ] as const) {
    const { cookie } = await signIn();
    const before = query(salon.dir, 'select 1 from sessions').length;
    const answer = await rawRequest(salon.url, { method, path, headers: { cookie, accept: 'text/html' } });
    expect([answer.status, answer.headers.location]).toEqual([303, '/login']);
    expect(answer.headers['clear-site-data']).toContain('storage');
    await me(cookie).expect(401);
    await salon.anonymous().get('/').set({ cookie, accept: 'text/html' }).expect(302);
    await salon.anonymous().get('/replies/x/events').set('cookie', cookie).expect(401);
    expect(query(salon.dir, 'select 1 from sessions')).toHaveLength(before - 1);
  }
  const { cookie } = await signIn();
  await salon.anonymous().post('/logout').set('cookie', cookie).expect(204);
  await me(cookie).expect(401);
});

it('asks before GET /logout from another site signs anybody out', async () => {
  const { cookie } = await signIn();
  for (const site of ['cross-site', 'same-site']) {
    const page = await salon.anonymous().get('/logout').set({ cookie, 'sec-fetch-site': site }).expect(200);
    expect(page.text).toContain('action="/logout"');
  }
  await me(cookie).expect(200);
  await salon
    .anonymous()
    .get('/logout')
    .set({ cookie, 'sec-fetch-site': 'none', accept: 'text/html' })
    .expect(303);
  await me(cookie).expect(401);
});

it('ends a session after 30 days without use', async () => {
  const { cookie } = await signIn();
  query(salon.dir, 'update sessions set expires_at = ?', Date.now() - 1);
  await me(cookie).expect(401);
});

it('ends the sessions of a suspended or deleted person at once', async () => {
  await salon.signUp('Gone soon');
  const answer = await salon.anonymous().post('/login').send({ username: 'Gone soon', password }).expect(200);
  const cookie = cookieOf(answer.headers);
  query(salon.dir, "update users set suspended_at = 1 where username = 'Gone soon'");
  await me(cookie).expect(401);
  query(salon.dir, "delete from users where username = 'Gone soon'");
  await me(cookie).expect(401);
});

it('survives a restart, and stays with its own Salon', async () => {
  const { cookie } = await signIn();
  await salon.restart();
  await me(cookie).expect(200);
  const other = await startSalon();
  try {
    await other.signUp('Ana');
    await other.anonymous().get('/conversations').set('cookie', cookie).expect(401);
    await me(cookie).expect(200);
  } finally {
    await other.close();
  }
});

it('a request that was under way does not bring a session back', async () => {
  const server = await startModelServer();
  const slow = await startSalon({ OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' });
  try {
    await slow.signUp('Ana');
    const answer = await slow.anonymous().post('/login').send({ username: 'Ana', password }).expect(200);
    const cookie = cookieOf(answer.headers);
    query(slow.dir, 'update sessions set touched_at = 1');
    let release: () => void = () => undefined;
    server.script(({ response, request }) => {
      if (request.method !== 'POST') return false;
      release = () => response.writeHead(500).end('{}');
      return true;
    });
    const running = slow
      .anonymous()
      .post('/generate_code')
      .set('cookie', cookie)
      .send({ prompt: 'slow' })
      .then((a) => a);
    await waitFor(() => server.calls().length > 0);
    await slow.anonymous().post('/logout').set('cookie', cookie).expect(204);
    server.script(() => false);
    release();
    await running;
    await slow.anonymous().get('/conversations').set('cookie', cookie).expect(401);
  } finally {
    await slow.close();
    await server.close();
  }
});

it('when sessions cannot be read people are told to wait, not signed out', async () => {
  const { cookie } = await signIn();
  query(salon.dir, 'alter table sessions rename to sessions_away');
  try {
    const json = await me(cookie).expect(503);
    expect(json.body).toMatchObject({ code: 'unavailable', status: 503 });
    expect(json.headers['retry-after']).toBeDefined();
    expect(json.headers['set-cookie']).toBeUndefined();
    const page = await salon.anonymous().get('/').set({ cookie, accept: 'text/html' }).expect(503);
    expect(page.text).toContain('not available right now');
    expect(page.text).not.toMatch(/sqlite|sessions|no such table/i);
    await salon.anonymous().post('/login').send({ username: 'Ana', password }).expect(503);
  } finally {
    query(salon.dir, 'alter table sessions_away rename to sessions');
  }
  await me(cookie).expect(200);
});

it('signs in and out without a fault in the log', async () => {
  const { cookie } = await signIn();
  await me(cookie).expect(200);
  await salon.anonymous().post('/logout').set('cookie', cookie).expect(204);
  const last = await me(cookie).expect(401);
  const id = last.headers['x-request-id'] as string;
  const lines = await waitFor(async () => {
    const all = await salon.logLines();
    return all.some(({ request_id: seen, event }) => seen === id && event === 'request') && all;
  });
  const faults = lines.filter(
    ({ event, cause }) => event === 'system fault' && !String(cause).includes('no such table'),
  );
  expect(faults).toEqual([]);
});
