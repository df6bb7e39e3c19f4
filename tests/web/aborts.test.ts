import net from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { cookieOf, rawRequest } from '../support/raw-http.ts';
import { listRoutes } from '../support/routes.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
let server: ModelServer;
let cookie: string;
let routes: { method: string; path: string }[];
beforeAll(async () => {
  server = await startModelServer();
  salon = await startSalon({ OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' });
  const answer = await salon
    .anonymous()
    .post('/register')
    .send({ username: 'Ana', password: 'correct horse 1' });
  cookie = cookieOf(answer.headers);
  routes = (await listRoutes())
    .filter((route) => !route.endsWith('/logout'))
    .map((route) => route.split(' '))
    .map(([method = '', path = '']) => ({ method, path: path.replace(/:\w+/g, '0'.repeat(26)) }));
});
afterAll(async () => {
  await salon.close();
  await server.close();
});

/** Writes text to the server and hangs up at once, or when the first bytes come back. */
function hangUp(text: string, afterAnswer: boolean): Promise<void> {
  const { port } = new URL(salon.url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.on('connect', () =>
      socket.write(text, () => {
        if (!afterAnswer) socket.destroy();
      }),
    );
    socket.on('data', () => socket.destroy());
  });
}
const faults = async () =>
  (await salon.logLines()).filter(({ event }) =>
    /unhandled|uncaught|system fault|housekeeping/.test(String(event)),
  );

it('clients that hang up at any moment break nothing', async () => {
  for (const { method, path } of routes) {
    const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nAccept: text/html\r\n`;
    await hangUp(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"prompt":`, false);
    await hangUp(
      `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nprompt=x`,
      false,
    );
    await hangUp(`${head}\r\n`, false);
    await hangUp(`${head}Connection: close\r\n\r\n`, true);
  }
  await rawRequest(salon.url, { path: '/healthz' }).then(({ status }) => expect(status).toBe(200));
  await waitFor(async () => (await salon.logLines()).some(({ path }) => path === '/healthz'));
  expect(await faults()).toEqual([]);
});

it('bodies of the wrong kind are never a fault of the server', async () => {
  const bodies: [string, string][] = [
    ['application/json', 'null'],
    ['application/json', '0'],
    ['application/json', '[]'],
    [
      'application/json',
      '{"content":{},"prompt":[],"title":{},"parameters":[],"model":1,"n":{},"parent_id":[]}',
    ],
    ['application/json', '{"content":"\\ud800","prompt":"\\udfff","title":"\\u0000"}'],
    ['application/json', ''],
    ['application/x-www-form-urlencoded', '%'],
    ['application/x-www-form-urlencoded', '%ff=%zz&&&==&content&prompt=%00'],
    ['text/plain', 'text'],
    ['', ''],
  ];
  for (const { method, path } of routes)
    for (const [type, body] of bodies)
      for (const accept of ['application/json', 'text/html']) {
        const headers = { cookie, accept, ...(type ? { 'content-type': type } : {}) };
        const answer = await rawRequest(salon.url, { method, path, headers, body });
        expect([method, path, type, body, answer.status < 500]).toEqual([method, path, type, body, true]);
      }
  expect(await faults()).toEqual([]);
});

it('quotes, patterns and long texts in any parameter are data', async () => {
  const nasty = [
    "'",
    "';drop table users;--",
    '" or 1=1',
    '%',
    '_',
    '\\',
    '%00',
    'x'.repeat(10_000),
    '${7*7}',
    '-1 union select 1',
  ];
  const names = [
    'limit',
    'cursor',
    'page',
    'w',
    'h',
    'format',
    'at',
    'model',
    'fragment',
    'deleted',
    'saved',
    'next',
    'q',
    'sort',
    'order',
  ];
  for (const { path } of routes.filter(({ method }) => method === 'GET'))
    for (const value of nasty) {
      const query = names
        .map((name) => `${name}=${value === '%00' ? value : encodeURIComponent(value)}`)
        .join('&')
        .slice(0, 20_000);
      const answer = await rawRequest(salon.url, {
        path: `${path}?${query}`,
        headers: { cookie, accept: 'application/json' },
      });
      expect([path, value.slice(0, 30), answer.status < 500]).toEqual([path, value.slice(0, 30), true]);
      expect(answer.text).not.toMatch(/sqlite|syntax error/i);
    }
  expect(await faults()).toEqual([]);
  await rawRequest(salon.url, { path: '/settings', headers: { cookie } }).then(({ status }) =>
    expect(status).toBe(200),
  );
});
