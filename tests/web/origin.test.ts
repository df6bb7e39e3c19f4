import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { cookieOf, rawRequest } from '../support/raw-http.ts';
import { listRoutes } from '../support/routes.ts';
import { startSalon, type Salon } from '../support/salon.ts';

let salon: Salon;
let cookie: string;
let writes: string[];
beforeAll(async () => {
  salon = await startSalon({ BASE_URL: 'https://salon.example.org:8443' });
  const answer = await salon
    .anonymous()
    .post('/register')
    .send({ username: 'Ana', password: 'correct horse 1' });
  cookie = cookieOf(answer.headers);
  writes = (await listRoutes()).filter((route) => !/^(GET|HEAD) /.test(route));
});
afterAll(() => salon.close());

const own = () => new URL(salon.url).host;
const send = (method: string, path: string, headers: Record<string, string>) =>
  rawRequest(salon.url, {
    method,
    path,
    headers: { cookie, accept: 'application/json', host: own(), ...headers },
  });
const sample = (route: string) => {
  const [method = '', path = ''] = route.split(' ');
  return { method, path: path.replace(/:\w+/g, '0'.repeat(26)) };
};
const tables = ['users', 'sessions', 'conversations', 'messages', 'jobs', 'images', 'throttles'];
const content = () => JSON.stringify(tables.map((table) => query(salon.dir, `select * from ${table}`)));

it('every writing route refuses what another site sends, and nothing changes', async () => {
  expect(writes.length).toBeGreaterThan(20);
  const before = content();
  const foreign: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: `http://${own()}` },
    { origin: 'https://evil.test' },
    { origin: 'null' },
    { origin: `http://localhost:${Number(new URL(salon.url).port) + 1}` },
    { origin: `http://${own()}.evil.test` },
    { origin: `http://evil.test/${own()}` },
    { origin: 'https://salon.example.org' },
    { origin: 'https://salon.example.org:8443.evil.test' },
    { origin: own() },
    { origin: '' },
  ];
  for (const route of writes) {
    const { method, path } = sample(route);
    for (const headers of foreign) {
      const answer = await send(method, path, headers);
      expect([route, headers, answer.status]).toEqual([route, headers, 403]);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'cross_site' });
    }
  }
  expect(content()).toBe(before);
});

it('a page of the own name over plain http writes nothing where BASE_URL is https', async () => {
  const post = (origin: string) =>
    send('POST', '/settings', { origin, host: 'salon.example.org:8443', 'content-type': 'application/json' });
  expect((await post('http://salon.example.org:8443')).status).toBe(403);
  expect((await post('https://salon.example.org:8443')).status).not.toBe(403);
});

it('own pages, and programs that send neither header, come through', async () => {
  const passing: Record<string, string>[] = [
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: `http://${own()}` },
    { origin: 'https://salon.example.org:8443' },
    { 'sec-fetch-mode': 'cors' },
    {},
  ];
  for (const route of writes.filter((one) => one !== 'POST /logout')) {
    const { method, path } = sample(route);
    for (const headers of passing) {
      const { status } = await send(method, path, headers);
      expect([route, headers, status === 403 || status >= 500]).toEqual([route, headers, false]);
    }
  }
});

it('forms of all three kinds are refused before their body is read', async () => {
  const kinds = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'];
  for (const kind of kinds) {
    const headers = { 'content-type': kind, 'sec-fetch-site': 'cross-site', cookie, host: own() };
    const answer = await rawRequest(salon.url, {
      method: 'POST',
      path: '/settings',
      headers,
      body: '{"theme":"dark"}',
    });
    expect(answer.status).toBe(403);
  }
  expect(query(salon.dir, 'select theme from users')).toEqual([{ theme: 'system' }]);
});

it('refuses with 421 a Host that is not its own', async () => {
  const port = new URL(salon.url).port;
  for (const host of [
    'evil.test',
    `evil.test:${port}`,
    'localhost.evil.test',
    'salon.example.org.evil.test',
    '-',
    'a b',
    '169.254.1.1',
  ]) {
    const answer = await rawRequest(salon.url, { path: '/login', headers: { host } });
    expect([host, answer.status]).toEqual([host, 421]);
    expect(answer.text).not.toContain('<form');
  }
  const page = await rawRequest(salon.url, {
    path: '/login',
    headers: { host: 'evil.test', accept: 'text/html' },
  });
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).toContain('421');
});

it('shows its figures to no page of a foreign name that was made to point here', async () => {
  expect((await rawRequest(salon.url, { path: '/metrics' })).status).toBe(200);
  expect((await rawRequest(salon.url, { path: '/metrics', headers: { host: 'evil.test' } })).status).toBe(
    404,
  );
});

it('answers under all its own names', async () => {
  for (const host of [
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:99',
    '[::1]',
    '[::1]:3000',
    'salon.example.org',
    'Salon.Example.ORG:8443',
  ])
    expect([host, (await rawRequest(salon.url, { path: '/login', headers: { host } })).status]).toEqual([
      host,
      200,
    ]);
});

it('ignores a forwarded host, so that it cannot make a foreign one its own', async () => {
  const headers = { host: 'evil.test', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' };
  expect((await rawRequest(salon.url, { path: '/login', headers })).status).toBe(421);
  const foreign = { origin: 'http://evil.test', 'x-forwarded-host': 'evil.test', host: own() };
  expect((await rawRequest(salon.url, { method: 'POST', path: '/logout', headers: foreign })).status).toBe(
    403,
  );
});

it('allows no other origin to read anything', async () => {
  for (const origin of ['https://evil.test', 'null', `http://${own()}.evil.test`, 'http://localhost:1']) {
    for (const path of ['/conversations', '/images', '/healthz', '/login', '/assets/css/app.css']) {
      const answer = await send('GET', path, { origin });
      const preflight = await send('OPTIONS', path, {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization, x-odd',
      });
      for (const { headers } of [answer, preflight])
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  }
});
