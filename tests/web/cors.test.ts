import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-http.ts';
import { cookieOf } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';

const listed = 'https://app.example.org';
const second = 'http://localhost:5173';
let salon: Salon;
let cookie: string;
let token: string;
beforeAll(async () => {
  salon = await startSalon({ CORS_ORIGINS: `${listed}, ${second}` });
  const account = { username: 'Ana', password: 'correct horse 1' };
  cookie = cookieOf((await salon.anonymous().post('/register').send(account).expect(200)).headers);
  const { body } = await salon.anonymous().post('/api/login').send(account).expect(200);
  token = body.access_token as string;
});
afterAll(() => salon.close());

const ask = (method: string, path: string, headers: Record<string, string>, body?: object) =>
  rawRequest(salon.url, {
    method,
    path,
    headers: {
      accept: 'application/json',
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const preflight = (origin: string, path = '/conversations', more: Record<string, string> = {}) =>
  ask('OPTIONS', path, {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
    ...more,
  });
const bearer = () => ({ authorization: `Bearer ${token}` });

it('answers the preflights of listed origins alone', async () => {
  for (const origin of [listed, second]) {
    const { status, headers, text } = await preflight(origin);
    expect([status, text]).toEqual([204, '']);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['access-control-allow-headers']).toMatch(/authorization/i);
    expect(headers['vary']).toContain('Origin');
  }
  const own = new URL(salon.url);
  for (const origin of [
    'null',
    `http://localhost:${Number(own.port) + 1}`,
    own.origin,
    'https://app.example.org.evil.test',
    'https://evil-app.example.org',
    'https://app.example.org:444',
    'http://app.example.org',
    'https://APP.example.org',
    'https://app.example.org/',
    'https://example.org',
    '*',
  ]) {
    const answer = await preflight(origin);
    expect([origin, answer.headers['access-control-allow-origin']]).toEqual([origin, undefined]);
    expect(answer.headers['access-control-allow-methods']).toBeUndefined();
    const read = await ask('GET', '/conversations', { origin, ...bearer() });
    expect([origin, read.headers['access-control-allow-origin']]).toEqual([origin, undefined]);
    expect(read.headers['vary']).toContain('Origin');
  }
});

it('echoes no header that a preflight asks for', async () => {
  const { headers } = await preflight(listed, '/conversations', {
    'access-control-request-method': 'PROPFIND',
    'access-control-request-headers': 'cookie,x-evil,x-forwarded-for,host',
    'access-control-request-private-network': 'true',
  });
  expect(JSON.stringify(headers)).not.toMatch(/evil|propfind|forwarded|private-network/i);
});

it('lets a listed origin read and write with a bearer, from sign-in to sign-out', async () => {
  const site = { origin: listed, 'sec-fetch-site': 'cross-site' };
  const signedIn = await ask('POST', '/api/login', site, { username: 'Ana', password: 'correct horse 1' });
  expect([signedIn.status, signedIn.headers['access-control-allow-origin']]).toEqual([200, listed]);
  const pair = JSON.parse(signedIn.text) as { access_token: string; refresh_token: string };
  const by = { ...site, authorization: `Bearer ${pair.access_token}` };
  const made = await ask('POST', '/conversations', by, { title: 'From afar' });
  expect([made.status, made.headers['access-control-allow-origin']]).toEqual([201, listed]);
  expect(made.headers['access-control-expose-headers']).toContain('X-Request-Id');
  const refreshed = await ask('POST', '/api/refresh', site, { refresh_token: pair.refresh_token });
  expect(refreshed.status).toBe(200);
  expect((await ask('POST', '/api/logout', by)).status).toBe(204);
  const refused = await ask('GET', '/conversations', by);
  expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, listed]);
});

it('never lets a cookie speak for a listed origin', async () => {
  const by = { cookie, origin: listed, 'sec-fetch-site': 'same-site' };
  const written = await ask('POST', '/conversations', by, { title: 'Forged' });
  expect(written.status).toBe(403);
  const read = await ask('GET', '/conversations', by);
  expect(read.headers['access-control-allow-credentials']).toBeUndefined();
  for (const path of ['/login', '/logout', '/settings/password', '/'])
    expect([path, (await ask('POST', path, by, {})).status]).toEqual([path, 403]);
});

it('gives pages to no other origin', async () => {
  for (const path of [
    '/',
    '/login',
    '/register',
    '/logout',
    '/settings',
    '/settings/keys',
    '/admin',
    '/admin/keys',
  ]) {
    expect([path, (await preflight(listed, path)).headers['access-control-allow-origin']]).toEqual([
      path,
      undefined,
    ]);
    const { headers } = await ask('GET', path, { origin: listed, ...bearer() });
    expect([path, headers['access-control-allow-origin']]).toEqual([path, undefined]);
  }
});

it('exempts a request with a bearer from the guard against other sites, and no other', async () => {
  const evil = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };
  expect((await ask('POST', '/conversations', { ...evil, ...bearer() }, { title: 'x' })).status).toBe(201);
  expect((await ask('POST', '/conversations', { ...evil, cookie }, { title: 'x' })).status).toBe(403);
  const wrong = { ...evil, cookie, authorization: 'Bearer x' };
  expect((await ask('POST', '/conversations', wrong, { title: 'x' })).status).toBe(401);
  expect(
    (await ask('POST', '/conversations', { ...evil, cookie, authorization: 'Basic eA==' }, {})).status,
  ).toBe(403);
  expect(
    (await ask('POST', '/api/login', evil, { username: 'Ana', password: 'correct horse 1' })).status,
  ).toBe(403);
});

it('sends nothing of the kind when no origin is listed', async () => {
  const closed = await startSalon();
  try {
    const headers = { origin: listed, 'access-control-request-method': 'GET' };
    const answer = await rawRequest(closed.url, { method: 'OPTIONS', path: '/conversations', headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  } finally {
    await closed.close();
  }
});

it.each([
  '*',
  'null',
  'app.example.org',
  'https://app.example.org/path',
  'https://a.example, nonsense',
  'ftp://a.example',
])('refuses to start with CORS_ORIGINS=%s', async (value) => {
  await expect(startSalon({ CORS_ORIGINS: value })).rejects.toThrow(/CORS_ORIGINS is wrong/);
});
