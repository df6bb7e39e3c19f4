import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
const key = 'sk-canary-0123456789abcdef';
beforeAll(async () => {
  server = await startModelServer();
  salon = await startSalon({
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: key,
    OPENAI_IMAGE_MODEL: 'gpt-image-1',
    OPENAI_RATE_LIMIT_RPM: '1000',
    OPENAI_MAX_RETRIES: '0',
    LOG_LEVEL: 'info',
  });
  ana = await salon.signUp('Ana', 'canary-password-1');
});
afterEach(() => server.script(() => false));
afterAll(async () => {
  await salon.close();
  await server.close();
});

/** The lines of one request, once its own line is written. */
async function linesOf(answer: { headers: Record<string, unknown> }) {
  const id = answer.headers['x-request-id'];
  return waitFor(async () => {
    const lines = (await salon.logLines()).filter((line) => line['request_id'] === id);
    return lines.some(({ event }) => event === 'request') && lines;
  });
}
type Line = Record<string, unknown>;
const named = (lines: Line[], event: string) => lines.find((line) => line['event'] === event);

it('logs a chat call: what was sent, what came back, how long it took, which model, how many tokens', async () => {
  const answer = await ana.post('/generate_code').send({ prompt: 'hello [[n=3]]' }).expect(200);
  const lines = await linesOf(answer);
  expect(named(lines, 'request sent to the model server')).toMatchObject({
    level: 'info',
    model: 'gpt-4o-mini',
  });
  expect(named(lines, 'answer received')).toMatchObject({
    level: 'info',
    model: 'gpt-4o-mini',
    ms: expect.any(Number),
    tokens: expect.any(Number),
  });
  expect(named(lines, 'request')).toMatchObject({
    level: 'info',
    method: 'POST',
    path: '/generate_code',
    status: 200,
    ms: expect.any(Number),
  });
});

it('logs an image call: sent, received, bytes or address, saved under which relative path', async () => {
  const bytes = await linesOf(await ana.post('/generate_image').send({ prompt: 'a boat' }).expect(200));
  expect(named(bytes, 'request sent to the model server')).toMatchObject({
    level: 'info',
    model: 'gpt-image-1',
    kind: 'image',
  });
  expect(named(bytes, 'answer received')).toMatchObject({ level: 'info', ms: expect.any(Number) });
  expect(named(bytes, 'image bytes received')).toMatchObject({ level: 'info', bytes: expect.any(Number) });
  expect(named(bytes, 'image saved')).toMatchObject({
    level: 'info',
    path: expect.stringMatching(/^\d{4}\/\d\d\/generated_image_/),
  });
  const address = await linesOf(
    await ana.post('/generate_image').send({ prompt: 'a boat [[url]]' }).expect(200),
  );
  expect(named(address, 'image URL received')).toMatchObject({ level: 'info' });
});

it('logs what went wrong on warn and error', async () => {
  const none = await linesOf(
    await ana.post('/generate_image').send({ prompt: 'nothing [[none]]' }).expect(500),
  );
  expect(named(none, 'no image in the answer')).toMatchObject({ level: 'warn' });
  expect(named(none, 'image generation failed')).toMatchObject({ level: 'error', code: 'upstream_filtered' });
  expect(named(none, 'image saved')).toBeUndefined();
  const chat = await linesOf(
    await ana.post('/generate_code').send({ prompt: 'fail [[err=500]]' }).expect(500),
  );
  expect(named(chat, 'chat failed')).toMatchObject({ level: 'error', code: 'upstream_failed' });
});

it('logs sign-in, failed sign-in and sign-out with the person or the address', async () => {
  const agent = salon.visitor();
  const failed = await linesOf(
    await agent.post('/login').send({ username: 'Ana', password: 'canary-wrong-1' }).expect(401),
  );
  expect(named(failed, 'failed sign-in')).toMatchObject({
    level: 'warn',
    code: 'wrong_credentials',
    ip: expect.stringContaining('127.0.0.1'),
  });
  const entered = await linesOf(
    await agent.post('/login').send({ username: 'Ana', password: 'canary-password-1' }).expect(200),
  );
  expect(named(entered, 'sign-in')).toMatchObject({
    level: 'info',
    user: expect.stringMatching(/^[0-9a-z]{26}$/),
  });
  const left = await linesOf(await agent.post('/logout').expect(204));
  expect(named(left, 'sign-out')).toMatchObject({ level: 'info', user: named(entered, 'sign-in')?.['user'] });
});

it('neither passwords, cookies, the key nor prompts and answers are in the log', async () => {
  const answer = await salon
    .anonymous()
    .post('/login')
    .send({ username: 'Ana', password: 'canary-password-1' })
    .expect(200);
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  const id = decodeURIComponent(cookie).slice('salon=s:'.length).split('.')[0] ?? '';
  const ask = (path: string, body: object) => salon.anonymous().post(path).set('cookie', cookie).send(body);
  await ask('/generate_code', { prompt: 'canary-prompt [[n=2]]' }).expect(200);
  await ask('/generate_code', { prompt: `canary-prompt [[err=401 message=Incorrect_key_${key}]]` }).expect(
    500,
  );
  await ask('/generate_image', { prompt: `canary-prompt [[err=400 message=${key}]]` }).expect(500);
  await ask('/images', { prompt: '', canary: 'canary-field' }).expect(422);
  await ask('/settings/password', { current_password: 'canary-wrong-2', password: 'canary-new-1' }).expect(
    422,
  );
  await ask('/register', { username: 'canary-name', password: 'canary' }).expect(422);
  await ask('/conversations', { content: 'canary-message [[n=1]]', system_prompt: 'canary-system' }).expect(
    201,
  );
  await salon
    .anonymous()
    .get(`/login?password=canary-query&next=/canary-next`)
    .set('cookie', 'salon=canary-cookie')
    .expect(200);
  await salon.anonymous().post('/login').type('json').send('{"password":"canary-broken').expect(400);
  await salon.anonymous().get('/nowhere').set('authorization', 'Bearer canary-token').expect(401);
  await waitFor(async () => (await salon.logLines()).some(({ path }) => path === '/nowhere'));
  const text = JSON.stringify(await salon.logLines());
  expect(/[^"]{0,60}canary[^"]{0,30}/.exec(text)?.[0]).toBeUndefined();
  for (const secret of [key, id, cookie, 'wört0', 'correct horse']) expect(text).not.toContain(secret);
});

it('one event is one line of JSON, whatever is sent', async () => {
  const before = (await salon.logLines()).length;
  const nasty = 'x%0d%0a%7B%22level%22:%22error%22%7D%1b[31m%00%e2%80%ae%e2%80%a8';
  await salon.anonymous().get(`/nowhere/${nasty}`).expect(404);
  await salon
    .anonymous()
    .get(`/${'y'.repeat(9000)}`)
    .set('user-agent', '{"level":"error","event":"fake"}\t')
    .expect(404);
  await salon
    .anonymous()
    .post('/login')
    .send({ username: 'a\r\n{"event":"fake"}\u001b[2J\u202e', password: 'x' })
    .expect(401);
  const name = 'b\r\n{"event":"fake"}';
  await salon.anonymous().post('/register').send({ username: name, password: 'long enough 1' }).expect(422);
  const lines = await waitFor(async () => {
    const all = await salon.logLines();
    return all.filter(({ path }) => path === '/register').length > 1 && all;
  });
  const fresh = lines.slice(before);
  expect(fresh.filter(({ event }) => event === 'fake')).toEqual([]);
  for (const line of fresh) {
    expect(Object.keys(line).slice(0, 3)).toEqual(['time', 'level', 'event']);

    expect(JSON.stringify(Object.values(line))).not.toMatch(/\\[nr]|\\u00[01]|[\u0000-\u001f\u202e\u2028]/);
    for (const value of Object.values(line)) expect(String(value).length).toBeLessThanOrEqual(2000);
  }
});

it('shows neither the key nor a password at debug', async () => {
  const loud = await startSalon({
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: key,
    LOG_LEVEL: 'debug',
    OPENAI_MAX_RETRIES: '0',
  });
  try {
    const person = await loud.signUp('Loud', 'canary-password-1');
    await person
      .post('/generate_code')
      .send({ prompt: `ask [[err=401 message=Incorrect_key_${key}]]` })
      .expect(500);
    const text = JSON.stringify(await loud.allLogLines());
    expect(text).toContain('"level":"debug"');
    expect(text).not.toContain(key);
    expect(text).not.toContain('canary-password-1');
  } finally {
    await loud.close();
  }
});
