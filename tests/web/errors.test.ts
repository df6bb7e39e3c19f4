import { afterAll, beforeAll, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
let ana: Agent;
beforeAll(async () => {
  salon = await startSalon();
  ana = await salon.signUp('Ana');
});
afterAll(() => salon.close());

async function loggedRequest(id: unknown) {
  return waitFor(async () =>
    (await salon.logLines()).find((line) => line['request_id'] === id && line['event'] === 'request'),
  );
}

it('answers errors as problem details with the sentence under the names that older clients read', async () => {
  const answer = await ana.get('/nowhere').expect(404);
  expect(answer.body).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    code: 'not_found',
    detail: answer.body.error,
    error: answer.body.message,
    message: expect.stringContaining('does not exist'),
    request_id: answer.headers['x-request-id'],
  });
  const wrong = await ana.post('/images').send({ prompt: 'x', n: 99, size: 5 }).expect(422);
  expect(wrong.body.errors).toEqual([
    { field: 'size', message: expect.stringMatching(/\w/) },
    { field: 'n', message: 'Choose a number from 1 to 10.' },
  ]);
  const long = await ana
    .post('/images')
    .send({ prompt: 'x'.repeat(40_000) })
    .expect(422);
  expect(long.body.errors).toEqual([{ field: 'prompt', message: 'Use at most 32000 characters.' }]);
  const word = await ana.post('/images').send({ prompt: 'x', n: 'many' }).expect(422);
  expect(word.body.errors).toEqual([{ field: 'n', message: 'Enter a number.' }]);
});

it('writes the same request id into the answer, the page and the log', async () => {
  const json = await ana.get('/nowhere/json').expect(404);
  const page = await ana.get('/nowhere/page').set('accept', 'text/html').expect(404);
  expect(page.text).toContain(String(page.headers['x-request-id']));
  for (const answer of [json, page]) {
    const line = await loggedRequest(answer.headers['x-request-id']);
    expect(line).toMatchObject({ status: 404, method: 'GET', level: 'info', ms: expect.any(Number) });
  }
  const own = await ana.get('/nowhere').set('x-request-id', 'chosen by the client');
  expect(own.headers['x-request-id']).not.toBe('chosen by the client');
});

it('a fault of our own shows a sentence and an id, and tells the log the rest', async () => {
  query(salon.dir, 'alter table images rename to images_away');
  try {
    const json = await ana.get('/images').expect(500);
    const page = await ana.get('/images').set('accept', 'text/html').expect(500);
    expect(json.body).toMatchObject({ code: 'internal', status: 'error' });
    for (const answer of [json, page]) {
      expect(answer.text).not.toMatch(/no such table|images_away|node_modules|\.ts:|select /i);
      expect(answer.text).toContain(String(answer.headers['x-request-id']));
      const fault = (await salon.logLines()).find(
        (line) => line['event'] === 'system fault' && line['request_id'] === answer.headers['x-request-id'],
      );
      expect(fault).toMatchObject({ level: 'error', cause: expect.stringContaining('no such table') });
    }
  } finally {
    query(salon.dir, 'alter table images_away rename to images');
  }
  await ana.get('/images').expect(200);
});

it('says status "error" in the failures of GET /images alone', async () => {
  expect((await salon.anonymous().get('/images').expect(401)).body.status).toBe('error');
  expect((await ana.get('/images').set('host', 'evil.test').expect(421)).body.status).toBe('error');
  expect((await salon.anonymous().post('/images').send({}).expect(401)).body.status).toBe(401);
});

it('draws pages for browsers and JSON for everything else', async () => {
  const kinds: [Record<string, string>, RegExp][] = [
    [{ accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, /html/],
    [{ accept: '*/*' }, /json/],
    [{ accept: 'application/json' }, /json/],
    [{ accept: 'text/html', 'x-fragment': '1' }, /json/],
    [{}, /json/],
  ];
  for (const [headers, type] of kinds) {
    const { headers: got } = await ana.get('/nowhere').set(headers).expect(404);
    expect([headers, got['content-type']]).toEqual([headers, expect.stringMatching(type)]);
  }
  const posted = await ana.post('/images').set('accept', 'text/html').send({ prompt: '' }).expect(422);
  expect(posted.headers['content-type']).toContain('json');
});
