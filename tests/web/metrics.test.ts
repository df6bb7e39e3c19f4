import { afterAll, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { startSalon, type Salon } from '../support/salon.ts';

let models: ModelServer;
let salon: Salon;
beforeAll(async () => {
  models = await startModelServer();
  salon = await startSalon({
    OPENAI_BASE_URL: models.baseUrl,
    OPENAI_API_KEY: 'test-key',
    OPENAI_MAX_RETRIES: '0',
  });
});
afterAll(async () => {
  await salon.close();
  await models.close();
});

const valueOf = (text: string, line: RegExp) =>
  Number(new RegExp(`^${line.source} (\\S+)$`, 'm').exec(text)?.[1]);

it('tells requests by route, tokens, first text, errors, jobs, database and event loop, and no name or text', async () => {
  const agent = await salon.signUp('Canary Person');
  await agent.post('/generate_code').send({ prompt: 'canary prompt' }).expect(200);
  await agent.post('/generate_code').send({ prompt: 'canary [[err=401]]' }).expect(500);
  await agent.post('/generate_image').send({ prompt: 'canary image' }).expect(200);
  await agent.get('/conversations').expect(200);
  const { text, headers } = await salon.anonymous().get('/metrics').expect(200);
  expect(headers['content-type']).toContain('text/plain');
  expect(
    valueOf(text, /salon_http_request_seconds_count\{method="POST",route="\/generate_code",status="200"\}/),
  ).toBe(1);
  expect(
    valueOf(text, /salon_http_request_seconds_count\{method="POST",route="\/generate_code",status="500"\}/),
  ).toBe(1);
  expect(valueOf(text, /salon_upstream_errors_total\{code="upstream_key_refused"\}/)).toBe(1);
  expect(valueOf(text, /salon_upstream_seconds_count\{kind="chat",outcome="complete"\}/)).toBe(1);
  expect(valueOf(text, /salon_upstream_seconds_count\{kind="image",outcome="complete"\}/)).toBe(1);
  expect(valueOf(text, /salon_first_token_seconds_count/)).toBe(1);
  expect(valueOf(text, /salon_tokens_total\{direction="completion"\}/)).toBeGreaterThan(0);
  expect(valueOf(text, /salon_jobs_ended_total\{kind="image",status="complete"\}/)).toBe(1);
  expect(valueOf(text, /salon_database_seconds_count\{operation="batch"\}/)).toBeGreaterThan(0);
  expect(valueOf(text, /salon_event_streams/)).toBe(0);
  expect(text).toContain('salon_nodejs_eventloop_lag_p99_seconds');
  expect(text.toLowerCase()).not.toContain('canary');
});

it('does not exist for a request that came through a proxy', async () => {
  await salon.anonymous().get('/metrics').set('X-Forwarded-For', '203.0.113.5').expect(404);
  await salon.anonymous().get('/metrics').set('Forwarded', 'for=203.0.113.5').expect(404);
});

it('asks for the token where one is set, from everywhere', async () => {
  const guarded = await startSalon({ METRICS_TOKEN: 'a-token-of-some-length' });
  try {
    await guarded.anonymous().get('/metrics').expect(404);
    await guarded
      .anonymous()
      .get('/metrics')
      .set('Authorization', 'Bearer a-token-of-some-lengtx')
      .expect(404);
    const answer = guarded.anonymous().get('/metrics').set('Authorization', 'Bearer a-token-of-some-length');
    await answer.set('X-Forwarded-For', '203.0.113.5').expect(200);
  } finally {
    await guarded.close();
  }
});
