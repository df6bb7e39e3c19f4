import { beforeAll, expect, it } from 'vitest';
import { readEvents } from '../support/events.ts';
import type { ImageJob } from '../support/image-jobs.ts';
import { cookieOf } from '../support/raw-http.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpImages } from './setup.ts';

let salon: Salon;
let ana: Agent;
let cookie: string;
const { enqueue, look, until } = setUpImages((opened) => ({ salon, ana } = opened), {
  OPENAI_MAX_RETRIES: '0',
});
beforeAll(async () => {
  cookie = cookieOf(
    (await salon.anonymous().post('/login').send({ username: 'Ana', password: 'correct horse 1' })).headers,
  );
});

it('tells who follows a job how it goes, and ends when it is over', async () => {
  const { id } = await enqueue({ prompt: 'followed [[ms=200]]', n: 2 });
  const { status, headers, events, ended } = await readEvents(`${salon.url}/jobs/${id}/events`, { cookie });
  expect([status, headers.get('content-type'), ended]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    true,
  ]);
  expect(headers.get('cache-control')).toBe('private, no-store, no-transform');
  expect([...new Set(events.map(({ event }) => event))]).toEqual(['progress', 'done']);
  expect(events.at(-1)).toMatchObject({
    event: 'done',
    data: { job: { id, status: 'complete', progress: 100 } },
  });
  expect((events.at(-1)?.data['job'] as ImageJob).images).toHaveLength(2);
  expect(events.at(-1)?.data['html']).toContain('/images/generated_image_');
  const again = await readEvents(`${salon.url}/jobs/${id}/events`, { cookie });
  expect(again.events.map(({ event }) => event)).toEqual(['done']);
});

it('tells followers of a failed and of a cancelled job how it ended', async () => {
  const failed = await enqueue({ prompt: 'followed to its failure [[ms=200 none]]' });
  const seen = await readEvents(`${salon.url}/jobs/${failed.id}/events`, { cookie });
  expect(seen.events.at(-1)).toMatchObject({
    event: 'done',
    data: { job: { status: 'failed', error: { code: 'upstream_filtered' } } },
  });
  const hanging = await enqueue({ prompt: 'followed to its end [[hang]]' });
  const followed = readEvents(`${salon.url}/jobs/${hanging.id}/events`, { cookie });
  await until(hanging.id, 'running');
  await ana.post(`/jobs/${hanging.id}/cancel`).expect(200);
  expect((await followed).events.at(-1)).toMatchObject({
    event: 'done',
    data: { job: { status: 'cancelled' } },
  });
});

it('nobody else can follow, cancel or try a job again', async () => {
  const bea = await salon.signUp('Bea');
  const { id } = await enqueue({ prompt: 'mine alone [[hang]]' });
  await until(id, 'running');
  for (const action of ['cancel', 'retry']) await bea.post(`/jobs/${id}/${action}`).expect(404);
  await bea.get(`/jobs/${id}/events`).expect(404);
  await bea.get(`/jobs/${id}`).expect(404);
  expect((await look(id)).status).toBe('running');
  await ana.post(`/jobs/${id}/cancel`).expect(200);
});
