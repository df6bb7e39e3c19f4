import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, query } from '../support/database.ts';
import { startModelServer } from '../support/model-server.ts';
import { cookieOf, rawRequest } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
const password = 'correct horse 1';
beforeAll(async () => {
  salon = await startSalon();
  await salon.signUp('Ana');
});
afterAll(() => salon.close());

const signIn = async (headers: Record<string, string> = {}) => {
  const answer = await salon.anonymous().post('/login').set(headers).send({ username: 'Ana', password }).expect(200);
  return { cookie: cookieOf(answer.headers), header: String(answer.headers['set-cookie']) };
};
const me = (cookie: string) => salon.anonymous().get('/conversations').set('cookie', cookie);

it('T016 fixation: an invented session id is never adopted', async () => {
  const planted = `salon=${encodeURIComponent(`s:${'a'.repeat(32)}.${'b'.repeat(43)}`)}`;
  const { cookie } = await signIn({ cookie: planted });
  expect(cookie).not.toBe(planted);
  await me(planted).expect(401);
  await me(cookie).expect(200);
});

it('T016 fixation: signing in over a session gives a new id and ends the old one', async () => {
  const first = await signIn();
  const second = await signIn({ cookie: first.cookie });
  expect(second.cookie).not.toBe(first.cookie);
  await me(first.cookie).expect(401);
  await me(second.cookie).expect(200);
});

it('T017 logout-kill: after signing out the cookie opens nothing, and its row is gone', async () => {
  for (const [method, path] of [['POST', '/logout'], ['GET', '/logout']] as const) {
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
  await salon.anonymous().get('/logout').set({ cookie, 'sec-fetch-site': 'none', accept: 'text/html' }).expect(303);
  await me(cookie).expect(401);
});

it('T021 cookie-flags: over http the cookie is salon, HttpOnly, Lax, for the whole site, 30 days', async () => {
  const { header, cookie } = await signIn();
  expect(header).toMatch(/^salon=s%3A[\w-]{32}\./);
  expect(header).toMatch(/; Path=\/; /);
  expect(header).toContain('HttpOnly');
  expect(header).toContain('SameSite=Lax');
  expect(header).not.toMatch(/Secure|Domain/i);
  const days = (Date.parse(/Expires=([^;]+)/.exec(header)?.[1] ?? '') - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(30);
  const value = decodeURIComponent(cookie).slice(8, 40);
  const page = await salon.anonymous().get('/settings').set({ cookie, accept: 'text/html' }).expect(200);
  expect(page.text).not.toContain(value);
  expect(page.headers['set-cookie']).toBeUndefined();
});

it('T021 cookie-flags: with an https BASE_URL the cookie is __Host-salon and Secure, also behind no trusted proxy', async () => {
  const secure = await startSalon({ BASE_URL: 'https://salon.example.org', NODE_ENV: 'development' });
  try {
    const answer = await secure.anonymous().post('/register').send({ username: 'Ana', password }).expect(200);
    const [header = ''] = answer.headers['set-cookie'] as unknown as string[];
    expect(header).toMatch(/^__Host-salon=s%3A/);
    expect(header).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax/);
    expect(header).not.toMatch(/Domain/i);
    const cookie = header.split(';')[0] ?? '';
    await secure.anonymous().get('/conversations').set('cookie', cookie).expect(200);
    expect(answer.headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
  } finally {
    await secure.close();
  }
});

it('sets no cookie for people who only look', async () => {
  for (const path of ['/login', '/register', '/nowhere', '/healthz', '/assets/css/app.css', '/logout']) {
    const answer = await salon.anonymous().get(path).set('accept', 'text/html');
    expect([path, answer.headers['set-cookie']]).toEqual([path, undefined]);
  }
});

it('keeps session ids only as hashes', async () => {
  const { cookie } = await signIn();
  const id = decodeURIComponent(cookie).slice('salon=s:'.length).split('.')[0] ?? '';
  const hash = createHash('sha256').update(id).digest('base64url');
  expect(query(salon.dir, 'select 1 from sessions where id_hash = ?', hash)).toHaveLength(1);
  expect(JSON.stringify(query(salon.dir, 'select * from sessions'))).not.toContain(id);
});

it('makes no durable write when pages are read, and renews a session that is older than five minutes once', async () => {
  const { cookie } = await signIn();
  const db = openDatabase(salon.dir);
  const version = () => db.pragma('data_version', { simple: true });
  try {
    const before = version();
    for (const path of ['/', '/history', '/images', '/settings', '/conversations', '/login', '/nowhere']) {
      const answer = await salon.anonymous().get(path).set({ cookie, accept: 'text/html' });
      expect([path, answer.headers['set-cookie']]).toEqual([path, undefined]);
    }
    expect(version()).toBe(before);

    const aged = Date.now() - 6 * 60_000;
    db.prepare("update sessions set content = json_set(content, '$.renewedAt', ?), expires_at = ?").run(aged, aged + 10 ** 9);
    const renewed = await me(cookie).expect(200);
    expect(cookieOf(renewed.headers)).toBe(cookie);
    const [row] = query(salon.dir, 'select max(expires_at) as expires_at from sessions');
    expect(Number(row?.['expires_at'])).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const after = version();
    await me(cookie).expect(200);
    expect(version()).toBe(after);
  } finally {
    db.close();
  }
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

it('T017 logout-kill: a request that was under way does not bring a session back', async () => {
  const server = await startModelServer();
  const slow = await startSalon({ OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' });
  try {
    await slow.signUp('Ana');
    const answer = await slow.anonymous().post('/login').send({ username: 'Ana', password }).expect(200);
    const cookie = cookieOf(answer.headers);
    query(slow.dir, "update sessions set content = json_set(content, '$.renewedAt', 1)");
    let release: () => void = () => undefined;
    server.script(({ response, request }) => {
      if (request.method !== 'POST') return false;
      release = () => response.writeHead(500).end('{}');
      return true;
    });
    const running = slow.anonymous().post('/generate_code').set('cookie', cookie).send({ prompt: 'slow' }).then((a) => a);
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

it('T024 store-fault: when sessions cannot be read people are told to wait, not signed out', async () => {
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
  const faults = lines.filter(({ event, cause }) => event === 'system fault' && !String(cause).includes('no such table'));
  expect(faults).toEqual([]);
});
