import { afterEach, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import type { ModelServer } from '../support/model-server.ts';
import { imageJobs } from '../support/image-jobs.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { imageSettings, setUpSalon } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
const LIMIT = 10;
setUpSalon((opened) => ({ salon, server, ana } = opened), {
  ...imageSettings,
  USER_MAX_ACTIVE: String(LIMIT),
  OPENAI_MAX_RETRIES: '0',
});
const { until } = imageJobs(() => ana);
afterEach(async () => {
  for (const { id } of query(salon.dir, "select id from jobs where status in ('queued', 'running')")) {
    await ana.post(`/jobs/${String(id)}/cancel`);
  }
});

const ask = (agent: Agent, prompt: string) => agent.post('/images').send({ prompt });

it('of many images asked for at once as many are taken as one person may have, the rest get 429', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(ana, `many ${i} [[hang]]`)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(LIMIT);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(30 - LIMIT);
  for (const { headers, body } of refused) {
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body.code).toBe('too_many_active');
  }
  expect(query(salon.dir, "select 1 from images where prompt like 'many %'")).toHaveLength(LIMIT);
  const page = await ana.post('/images').type('form').send({ prompt: 'one more <b>' }).expect(429);
  expect(page.headers['retry-after']).toBeDefined();
  expect(page.text).toContain('one more &lt;b&gt;');
  await ana.post('/generate_code').send({ prompt: 'chat counts too' }).expect(429);
});

it('counts trying again as well, and says so', async () => {
  const failed = await ask(ana, 'fails [[none]]').expect(202);
  const { id } = failed.body.job;
  await until(id as string, 'failed');
  for (let i = 0; i < LIMIT; i++) await ask(ana, `full ${i} [[hang]]`).expect(202);
  const answer = await ana.post(`/jobs/${id}/retry`).expect(429);
  expect(answer.headers['retry-after']).toBeDefined();
  expect((await ana.get(`/jobs/${id}`).expect(200)).body.status).toBe('failed');
});

it('finds the first job of a client id even when no more may be asked for', async () => {
  const first = await ana.post('/images').send({ prompt: 'kept [[hang]]', client_id: 'kept' }).expect(202);
  for (let i = 1; i < LIMIT; i++) await ask(ana, `full again ${i} [[hang]]`).expect(202);
  const repeat = await ana.post('/images').send({ prompt: 'kept [[hang]]', client_id: 'kept' }).expect(202);
  expect(repeat.body.job.id).toBe(first.body.job.id);
});

it('lets another person\u2019s first image go before the rest of a flood', async () => {
  const release: (() => void)[] = [];
  server.script(({ request, response }) => {
    if (!String(request.body['prompt']).startsWith('flood')) return false;
    release.push(() => response.writeHead(500).end('{}'));
    return true;
  });
  for (let i = 0; i < LIMIT; i++) await ask(ana, `flood ${i}`).expect(202);
  await waitFor(() => release.length === 8);
  const bea = await salon.signUp('Bea');
  const first = await ask(bea, 'first of another').expect(202);
  release[0]?.();
  await waitFor(async () => (await bea.get(`/jobs/${first.body.job.id}`)).body.status === 'complete');
  const asked = server.calls().map(({ body }) => String(body['prompt']));
  const flood = asked
    .slice(0, asked.indexOf('first of another'))
    .filter((prompt) => prompt.startsWith('flood'));
  expect(flood).toHaveLength(8);
  for (const answer of release.slice(1)) answer();
});
