import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { entriesOf } from '../support/history.ts';
import { holdBack } from '../support/hold-back.ts';
import { textOf } from '../support/model-server-chat.ts';
import type { ModelServer } from '../support/model-server.ts';
import { cookieOf } from '../support/raw-http.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpSalon } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
setUpSalon((opened) => ({ salon, server, ana } = opened), { OPENAI_MAX_RETRIES: '0' });

const filename = /^\/images\/generated_image_\d{8}_\d{6}_[a-z0-9]{8}\.png$/;

it('POST /generate_code answers {"code"} by JSON and by form', async () => {
  const json = await ana.post('/generate_code').send({ prompt: 'say it [[n=3]]' }).expect(200);
  expect(json.body).toEqual({ code: textOf(3) });
  const form = await ana.post('/generate_code').type('form').send({ prompt: 'say it [[n=4]]' }).expect(200);
  expect(form.body).toEqual({ code: textOf(4) });
  const browser = await ana
    .post('/generate_code')
    .type('form')
    .set('accept', 'text/html')
    .send({ prompt: 'x' })
    .expect(200);
  expect(browser.headers['content-type']).toContain('json');
});

it('POST /generate_image answers {"image_url"} when the image is saved', async () => {
  const json = await ana.post('/generate_image').send({ prompt: 'a boat' }).expect(200);
  expect(json.body).toEqual({ image_url: expect.stringMatching(filename) });
  const form = await ana.post('/generate_image').type('form').send({ prompt: 'a boat' }).expect(200);
  for (const { image_url: url } of [json.body, form.body]) {
    const image = await ana.get(url as string).expect(200);
    expect(image.headers['content-type']).toBe('image/png');
  }
});

it('says 400 with {"error"} for a prompt that is missing, empty, no text or too long, by JSON and by form', async () => {
  const wrong: unknown[] = [
    {},
    { prompt: '' },
    { prompt: '  \n ' },
    { prompt: 7 },
    { prompt: ['x'] },
    { prompt: null },
    [],
  ];
  const calls = server.calls().length;
  for (const path of ['/generate_code', '/generate_image']) {
    for (const body of wrong) {
      const answer = await ana
        .post(path)
        .send(body as object)
        .expect(400);
      expect(answer.body).toMatchObject({ error: expect.stringMatching(/\w/), status: 400 });
    }
    for (const body of ['', 'prompt=', 'prompt=+', 'other=x', 'prompt=a&prompt=b']) {
      const answer = await ana.post(path).type('form').set('accept', 'text/html').send(body).expect(400);
      expect(answer.body).toMatchObject({ error: expect.stringMatching(/\w/) });
    }
    const broken = await ana.post(path).type('json').send('{"prompt":').expect(400);
    expect(broken.body).toMatchObject({ error: expect.stringMatching(/\w/) });
  }
  await ana
    .post('/generate_image')
    .send({ prompt: 'x'.repeat(32_001) })
    .expect(400);
  await ana
    .post('/generate_code')
    .send({ prompt: 'x'.repeat(200_001) })
    .expect(400);
  expect(server.calls()).toHaveLength(calls);
});

it('says 401 with {"error"} to who is not signed in, also to a browser', async () => {
  for (const path of ['/generate_code', '/generate_image'])
    for (const accept of ['text/html', 'application/json']) {
      const answer = await salon
        .anonymous()
        .post(path)
        .type('form')
        .set('accept', accept)
        .send({ prompt: 'x' })
        .expect(401);
      expect(answer.body).toMatchObject({ error: expect.stringMatching(/\w/), code: 'unauthorized' });
    }
});

it('says 500 with {"error"} for every failure of the model server, in our own words', async () => {
  const faults = [
    'err=401 message=Incorrect_API_key_sk-1234567890',
    'err=400 message=secret_words',
    'err=503 html',
    'reset',
    'html',
  ];
  for (const fault of faults) {
    for (const path of ['/generate_code', '/generate_image']) {
      const answer = await ana
        .post(path)
        .send({ prompt: `fail [[${fault}]]` })
        .expect(500);
      expect(answer.body).toMatchObject({
        error: expect.stringMatching(/\w/),
        status: 500,
        title: 'Internal Server Error',
      });
      expect(answer.text).not.toMatch(/sk-1234|secret|proxy|<h1>|127\.0\.0\.1:\d+\/v1/);
    }
  }
  await ana.post('/generate_image').send({ prompt: 'nothing [[none]]' }).expect(500);
  await ana.post('/generate_image').send({ prompt: 'broken [[b64=bad]]' }).expect(500);
  await ana.post('/generate_code').send({ prompt: 'cut off [[cut=2]]' }).expect(500);
});

it('keeps failed exchanges in the history', async () => {
  const prompts = (await entriesOf(ana)).map(({ prompt }) => prompt);
  expect(prompts).toContain('nothing [[none]]');
  expect(prompts).toContain('cut off [[cut=2]]');
});

it('makes of 50 calls at once 50 entries, each a conversation of its own that tells the model nothing of the others', async () => {
  const bea = await salon.signUp('Bea');
  const before = server.calls().length;
  const prompts = Array.from({ length: 50 }, (_, i) => `number ${i} of fifty [[n=2 ttft=30]]`);
  const answers = await Promise.all(prompts.map((prompt) => bea.post('/generate_code').send({ prompt })));
  expect(answers.map(({ status, body }) => [status, body])).toEqual(
    prompts.map(() => [200, { code: textOf(2) }]),
  );
  const sent = server
    .calls()
    .slice(before)
    .map(({ body }) => body['messages'] as { role: string; content: string }[]);
  expect(sent).toHaveLength(50);
  for (const messages of sent) expect(messages.filter(({ role }) => role !== 'system')).toHaveLength(1);
  expect(sent.map((messages) => messages.at(-1)?.content).sort()).toEqual([...prompts].sort());
  const entries = await entriesOf(bea);
  expect(entries.map(({ prompt }) => prompt).sort()).toEqual([...prompts].sort());
  expect(new Set(entries.map(({ index }) => index)).size).toBe(50);
  expect((await bea.get('/conversations?limit=100').expect(200)).body.conversations).toHaveLength(50);
});

it('finishes and saves what it began for a client that hung up', async () => {
  const abort = new AbortController();
  const cea = await salon.signUp('Cea');
  const cookie = cookieOf(
    (await salon.anonymous().post('/login').send({ username: 'Cea', password: 'correct horse 1' })).headers,
  );
  const { held, release } = holdBack(server, 'slow');
  const cut = fetch(`${salon.url}/generate_image`, {
    method: 'POST',
    signal: abort.signal,
    body: JSON.stringify({ prompt: 'slow' }),
    headers: { 'content-type': 'application/json', cookie },
  });
  await waitFor(() => held() === 1);
  abort.abort();
  await expect(cut).rejects.toThrow();
  release();
  const saved = "select 1 from images where prompt like 'slow%' and status = 'ready'";
  await waitFor(() => query(salon.dir, saved).length > 0);
  expect((await cea.get('/images').expect(200)).body.images).toHaveLength(1);
});

it('refuses a 61st call of one person with 429, and takes it when the others are done', async () => {
  const dora = await salon.signUp('Dora');
  // The model server keeps all of them waiting until the last one was refused.
  const { held, release } = holdBack(server, 'flood');
  const refused: { headers: Record<string, string>; body: unknown }[] = [];
  const calls = Array.from({ length: 70 }, (_, i) =>
    dora
      .post('/generate_code')
      .send({ prompt: `flood ${i} [[n=1]]` })
      .then((answer) => (answer.status === 429 && refused.push(answer), answer.status)),
  );
  await waitFor(() => refused.length === 10 && held() === 60);
  release();
  expect((await Promise.all(calls)).filter((status) => status === 200)).toHaveLength(60);
  for (const { headers, body } of refused) {
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body).toMatchObject({ error: expect.stringMatching(/\w/), code: 'too_many_active' });
  }
  await dora.post('/generate_code').send({ prompt: 'after the flood [[n=1]]' }).expect(200);
});
