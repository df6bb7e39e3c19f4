import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';
import { rawRequest } from '../support/raw-http.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
let built: SalonProcess;
beforeAll(async () => {
  server = await startModelServer();
  salon = await startSalon({ OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' });
  ana = await salon.signUp('Ana');
  built = await spawnSalon();
});
afterAll(async () => {
  await salon.close();
  await server.close();
  await built.remove();
});

const assetsOf = (html: string) =>
  [...html.matchAll(/(?:href|src)="(\/assets\/[^"#]+)/g)].map(([, url]) => String(url));

it('serves what the pages name, with its type, to be asked for again in development', async () => {
  const { text } = await salon.anonymous().get('/login').expect(200);
  const urls = assetsOf(text);
  expect(urls.length).toBeGreaterThan(2);
  for (const url of urls) {
    const { headers } = await salon.anonymous().get(url).expect(200);
    expect(headers['content-type']).toMatch(/^(text\/css|text\/javascript|image\/svg\+xml)/);
    expect(headers['cache-control']).toBe('no-cache');
    await salon.anonymous().get(url).set('if-none-match', String(headers['etag'])).expect(304);
    await salon.anonymous().get(url).set('if-none-match', '"another"').expect(200);
  }
});

it('serves built files under names that change with their content, for a year, already packed', async () => {
  const page = await rawRequest(built.url, { path: '/register' });
  const urls = assetsOf(page.text);
  expect(urls.length).toBeGreaterThan(2);
  for (const path of urls) {
    expect(path).toMatch(/-[0-9a-f]{10}\.(css|js|svg)$/);
    const plain = await rawRequest(built.url, { path });
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers.vary).toContain('Accept-Encoding');
    const brotli = await rawRequest(built.url, { path, headers: { 'accept-encoding': 'gzip, br' } });
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.bytes)).toEqual(plain.bytes);
    const gzip = await rawRequest(built.url, { path, headers: { 'accept-encoding': 'gzip' } });
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes);
    const head = await rawRequest(built.url, { path, method: 'HEAD' });
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    const again = await rawRequest(built.url, {
      path,
      headers: { 'if-none-match': String(plain.headers.etag) },
    });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  }
  expect((await rawRequest(built.url, { path: '/assets/manifest.json' })).status).toBe(404);
  expect((await rawRequest(built.url, { path: '/assets/app.css' })).status).toBe(404);
  expect((await rawRequest(built.url, { path: `${urls[0]}.br` })).status).toBe(404);
});

it('packs pages and JSON on the way, but neither images nor event streams', async () => {
  await ana.post('/generate_code').send({ prompt: 'a long story [[n=200]]' }).expect(200);
  const accept = { 'accept-encoding': 'gzip, br' };
  const page = await ana
    .get('/')
    .set({ ...accept, accept: 'text/html' })
    .expect(200);
  expect(page.headers['content-encoding']).toMatch(/^(gzip|br)$/);
  const made = await ana.post('/generate_image').send({ prompt: 'a lighthouse' }).expect(200);
  const image = await ana
    .get(made.body.image_url as string)
    .set(accept)
    .expect(200);
  expect(image.headers['content-encoding']).toBeUndefined();
  expect(Number(image.headers['content-length'])).toBe((image.body as Buffer).length);
  const part = await ana
    .get(made.body.image_url as string)
    .set({ ...accept, range: 'bytes=0-99' })
    .expect(206);
  expect(part.headers['content-encoding']).toBeUndefined();
  const { body } = await ana.get('/conversations').expect(200);
  const { messages } = (await ana.get(`/conversations/${body.conversations[0].id}`).expect(200)).body;
  const events = await ana.get(`/replies/${messages[1].id}/events`).set(accept).expect(200);
  expect(events.headers['content-encoding']).toBeUndefined();
});

it('answers HEAD with the status and the type of GET, on event streams too', async () => {
  const { body } = await ana.get('/conversations').expect(200);
  const { messages } = (await ana.get(`/conversations/${body.conversations[0].id}`).expect(200)).body;
  for (const path of [
    '/',
    '/images',
    '/history',
    '/settings',
    '/healthz',
    '/readyz',
    '/login',
    `/replies/${messages[1].id}/events`,
  ]) {
    const [head, get] = [
      await ana.head(path).set('accept', 'text/html'),
      await ana.get(path).set('accept', 'text/html'),
    ];
    const seen = ({ status, headers }: typeof get) => [
      path,
      status,
      headers['content-type'],
      headers['location'],
    ];
    expect(seen(head)).toEqual(seen(get));
    expect([path, head.status]).toEqual([path, path === '/login' ? 302 : 200]);
  }
});

it('says that it lives and that it is ready', async () => {
  expect((await salon.anonymous().get('/healthz').expect(200)).body).toEqual({ status: 'ok' });
  expect((await salon.anonymous().get('/readyz').expect(200)).body).toEqual({
    status: 'ok',
    checks: { database: 'ok', images: 'ok' },
  });
});
