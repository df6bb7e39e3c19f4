import { afterAll, beforeAll, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { rawRequest } from '../support/raw-http.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

let salon: Salon;
let ana: Agent;
beforeAll(async () => {
  salon = await startSalon();
  ana = await salon.signUp('Ana');
});
afterAll(() => salon.close());

const leaks = /\bat .*\.(ts|js):\d|node_modules|\/work\/|\/src\/|\/tmp\/|select |sqlite|zod|express|Error:/i;

it('says 400 for what is no JSON, without repeating it', async () => {
  for (const body of ['{"a":', '{', 'undefined', 'null', '"x"', '{"a":1}}', "{'a':1}", '\u0000', '[1,']) {
    const answer = await ana.post('/images').type('json').send(body).expect(400);
    expect(answer.body).toMatchObject({ code: 'bad_request' });
    expect(answer.text).not.toMatch(leaks);
  }
  await ana.post('/images').type('json').send('[]').expect(400);
  await ana.post('/conversations').type('json').send('[{"content":"x"}]').expect(400);
  await ana.post('/images').set('content-type', 'application/json; charset=klingon').send('{}').expect(400);
  await ana
    .post('/images')
    .set({ 'content-type': 'application/json', 'content-encoding': 'rot13' })
    .send('{}')
    .expect(400);
});

it('says 400 for a kind of body that no route reads', async () => {
  for (const type of [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'nonsense',
  ]) {
    const headers = { 'content-type': type, accept: 'application/json' };
    const answer = await rawRequest(salon.url, { method: 'POST', path: '/login', headers, body: 'a=b' });
    expect([type, answer.status]).toEqual([type, 400]);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'unknown_type' });
  }
  await ana.post('/logout').expect(204);
  ana = salon.visitor();
  await ana.post('/login').send({ username: 'Ana', password: 'correct horse 1' }).expect(200);
});

it('says 413 for what is too large, packed or not, and takes what just fits', async () => {
  const limit = 2 * 1024 * 1024;
  const post = (kind: string, text: string) => ana.post('/images').type(kind).send(text);
  const json = (bytes: number) => JSON.stringify({ prompt: 'x'.repeat(bytes - 13) });
  const refused = await post('json', json(limit + 1)).expect(413);
  expect(refused.body.code).toBe('too_large');
  await post('json', json(limit)).expect(422);
  await post('form', `prompt=${'x'.repeat(limit)}`).expect(413);
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 'x'));
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  expect((await rawRequest(salon.url, { method: 'POST', path: '/login', headers, body: bomb })).status).toBe(
    413,
  );
  const many = Array.from({ length: 2000 }, (_, i) => `f${i}=1`).join('&');
  await salon.anonymous().post('/login').type('form').send(many).expect(413);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  await salon.anonymous().post('/login').type('json').send(`{"username":${deep}}`).expect(401);
});

it('says on the page of a form that is too large how to get back what was written', async () => {
  const { text } = await ana
    .post('/settings')
    .type('form')
    .set('accept', 'text/html')
    .send(`name=${'x'.repeat(3_000_000)}`)
    .expect(413);
  expect(text).toContain('Go back with your browser: what you wrote should still be there.');
});

it('odd methods are refused, and the server lives on', async () => {
  for (const method of ['TRACE', 'PROPFIND', 'SEARCH', 'PURGE', 'LOCK', 'REPORT', 'M-SEARCH', 'LINK']) {
    const answer = await rawRequest(salon.url, { method, path: '/login' });
    expect([method, answer.status, answer.headers.allow?.includes('GET')]).toEqual([method, 405, true]);
  }
  const many = Object.fromEntries(Array.from({ length: 1900 }, (_, i) => [`x-${i}`, '1']));
  expect([200, 400, 431]).toContain((await rawRequest(salon.url, { path: '/login', headers: many })).status);
  const large = await rawRequest(salon.url, { path: '/login', headers: { 'x-large': 'x'.repeat(40_000) } });
  expect(large.status).toBe(431);
  for (const path of ['/%', '/%zz', '/images/%ff', '/chatlog/%c0%ae/0', '/assets/%'])
    expect([path, (await rawRequest(salon.url, { path })).status]).toEqual([
      path,
      expect.toSatisfy(isRefusal),
    ]);
  expect((await rawRequest(salon.url, { path: '/login' })).status).toBe(200);
});
const isRefusal = (status: number) => [400, 401, 404].includes(status);

it('nothing that is sent becomes a property of everything', async () => {
  const bodies = [
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"theme":"light"}',
    '{"theme":"light","a":{"__proto__":{"polluted":1}}}',
  ];
  for (const body of bodies) await ana.patch('/settings').type('json').send(body).expect(200);
  const form =
    '__proto__[polluted]=1&constructor[prototype][polluted]=1&__proto__=x&theme=light&language=&time_zone=UTC';
  await ana.post('/settings').type('form').send(form).expect(303);
  await ana.get('/images?__proto__[polluted]=1&constructor.prototype.polluted=1&__proto__=1').expect(200);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  await ana
    .post('/login')
    .type('json')
    .send('{"__proto__":{"username":"Ana","password":"correct horse 1"}}')
    .expect(401);
});

it('neither keys nor values reach the templates as anything but text', async () => {
  const injected = '<%= 7*191 %><%- process.pid %>';
  const keys = [
    'settings[view options][client]',
    'settings[view options][escapeFunction]',
    'delimiter',
    'cache',
    '_with',
    'localsName',
    'escapeFunction',
    'client',
    'filename',
    'openDelimiter',
    'outputFunctionName',
    'destructuredLocals',
    'include',
    'body',
    't',
    'it',
  ];
  const query = keys.map((key) => `${encodeURIComponent(key)}=${encodeURIComponent(injected)}`).join('&');
  for (const path of ['/', '/images', '/history', '/settings', '/conversations', '/nowhere']) {
    const plain = await ana.get(path).set('accept', 'text/html');
    const asked = await ana.get(`${path}?${query}`).set('accept', 'text/html');
    expect(asked.status).toBe(plain.status);
    expect(asked.text).not.toContain('1337');
    // A form may carry the address of its page along, once and as text.
    expect(asked.text.length - plain.text.length, path).toBeLessThan(query.length + 100);
  }
  const form = await salon
    .anonymous()
    .post('/login')
    .type('form')
    .send(`username=${encodeURIComponent(injected)}&${query}`);
  expect(form.status).toBe(401);
  expect(form.text).toContain('&lt;%= 7*191 %&gt;');
});
