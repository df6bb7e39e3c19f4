import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { holdBack } from '../support/hold-back.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';
import { setUpImages } from './setup.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
const { enqueue, look, until, over } = setUpImages((opened) => ({ salon, server, ana } = opened), {
  OPENAI_MAX_RETRIES: '0',
});
const pending = () =>
  query(
    salon.dir,
    "select 1 from images i join jobs j on j.id = i.job_id where i.status = 'pending' and j.status not in ('queued', 'running')",
  );

it('ends every failure of the model server as a failed job with our own sentence, and leaves nothing pending', async () => {
  const faults: [string, string][] = [
    ['none', 'upstream_filtered'],
    ['nodata', 'upstream_bad_answer'],
    ['html', 'upstream_bad_answer'],
    ['b64=bad', 'upstream_image_unreadable'],
    ['b64=empty', 'upstream_image_unreadable'],
    ['b64=cut', 'upstream_image_unreadable'],
    ['b64=text', 'upstream_image_unreadable'],
    ['b64=null', 'upstream_no_image'],
    ['path=404', 'upstream_image_url'],
    ['path=html', 'upstream_image_unreadable'],
    ['url=http://169.254.169.254/x', 'upstream_image_url'],
    ['err=401 message=Incorrect_API_key_provided:_sk-secret', 'upstream_key_refused'],
    ['err=429 code=insufficient_quota', 'upstream_no_credit'],
    ['err=429 retry-after=120', 'upstream_limited'],
    ['err=400 code=moderation_blocked', 'upstream_filtered'],
    ['err=404 code=model_not_found', 'upstream_model_missing'],
    ['err=500', 'upstream_failed'],
  ];
  for (const [fault, code] of faults) {
    const { id } = await enqueue({ prompt: `fails [[${fault}]]` });
    const job = await over(id);
    expect([fault, job.status, job.error?.code]).toEqual([fault, 'failed', code]);
    expect(job.error?.message).toMatch(/\w.*\.$/);
    expect(JSON.stringify(job)).not.toMatch(/sk-secret|test error|Incorrect/);
  }
  const lost = await over((await enqueue({ prompt: 'cut off [[reset]]' })).id);
  expect([lost.status, lost.error?.code]).toEqual(['unknown', 'outcome_unknown']);
  expect(server.calls().filter(({ body }) => body['prompt'] === 'cut off [[reset]]')).toHaveLength(1);
  expect(pending()).toEqual([]);
  expect(query(salon.dir, "select 1 from images where status <> 'failed'")).toEqual([]);
  const files = await readdir(join(salon.dir, 'images'), { recursive: true });
  expect(files.filter((name) => /\.\w+$/.test(name))).toEqual([]);
});

it('keeps the images that could be made when others of the same call could not', async () => {
  const { id } = await enqueue({ prompt: 'half of them [[half]]', n: 4 });
  const job = await over(id);
  expect([job.status, job.images.length, job.error?.code]).toEqual(['failed', 2, 'upstream_no_image']);
  const calls = server.calls().length;
  server.script(({ directives }) => {
    directives.delete('half');
    return false;
  });
  await ana.post(`/jobs/${id}/retry`).expect(200);
  expect((await over(id)).images).toHaveLength(4);
  expect(
    server
      .calls()
      .slice(calls)
      .map(({ body }) => body['n']),
  ).toEqual([2]);
});

it('shows a failed job on the page with a way to try it again, which then works', async () => {
  const { id } = await enqueue({ prompt: 'second try [[err=500 times=1]]' });
  await over(id);
  const page = await ana.get('/images').set('accept', 'text/html').expect(200);
  expect(page.text).toContain(`action="/jobs/${id}/retry"`);
  expect(page.text).toContain('reported a failure');
  const answer = await ana.post(`/jobs/${id}/retry`).type('form').send('').expect(303);
  expect(answer.headers['location']).toBe('/images');
  const job = await over(id);
  expect([job.status, job.images.length, job.error]).toEqual(['complete', 1, undefined]);
  await ana.post(`/jobs/${id}/retry`).expect(409);
});

it('cancels a running job at the model server too, leaves no image, and can try it again', async () => {
  const { id } = await enqueue({ prompt: 'to be cancelled [[hang]]' });
  const call = await waitFor(() =>
    server.calls().find(({ body }) => String(body['prompt']).startsWith('to be cancelled')),
  );
  const cancelled = await ana.post(`/jobs/${id}/cancel`).expect(200);
  expect(cancelled.body.job).toMatchObject({ id, status: 'cancelled', images: [] });
  await waitFor(() => call.isAborted);
  expect(pending()).toEqual([]);
  expect((await ana.post(`/jobs/${id}/cancel`).expect(200)).body.job.status).toBe('cancelled');
  server.script(({ directives }) => {
    directives.delete('hang');
    return false;
  });
  expect((await ana.post(`/jobs/${id}/retry`).expect(200)).body.job.status).toMatch(/queued|running/);
  expect((await over(id)).status).toBe('complete');
  expect((await ana.post(`/jobs/${id}/cancel`).expect(200)).body.job.status).toBe('complete');
});

it('cancels a queued job before it costs anything', async () => {
  const blockers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => enqueue({ prompt: `blocker ${i} [[hang]]` })),
  );
  await Promise.all(blockers.map(({ id }) => until(id, 'running')));
  const queued = await enqueue({ prompt: 'never asked' });
  const second = await enqueue({ prompt: 'never asked either' });
  expect([(await look(queued.id)).status, await look(second.id)]).toMatchObject([
    'queued',
    { status: 'queued', position: 1 },
  ]);
  expect((await ana.post(`/jobs/${queued.id}/cancel`).expect(200)).body.job.status).toBe('cancelled');
  expect(await look(second.id)).toMatchObject({ position: 0 });
  await ana.post(`/jobs/${second.id}/cancel`).type('form').send('').expect(303);
  for (const { id } of blockers) await ana.post(`/jobs/${id}/cancel`).expect(200);
  expect(server.calls().filter(({ body }) => String(body['prompt']).startsWith('never asked'))).toEqual([]);
  expect(pending()).toEqual([]);
});

it('pays for nothing when all images of a job were deleted before it was tried again', async () => {
  const { id } = await enqueue({ prompt: 'deleted failure [[none]]' });
  await over(id);
  const [image] = query<{ id: string }>(salon.dir, 'select id from images where job_id = ?', id);
  await ana.delete(`/images/${image?.id}`).expect(204);
  const calls = server.calls().length;
  await ana.post(`/jobs/${id}/retry`).expect(200);
  await over(id);
  expect(server.calls()).toHaveLength(calls);
  expect(pending()).toEqual([]);
});

it('an image that is deleted while it is made does not come back', async () => {
  const { held, release } = holdBack(server, 'deleted under way');
  const { id } = await enqueue({ prompt: 'deleted under way' });
  const [image] = query<{ id: string }>(salon.dir, 'select id from images where job_id = ?', id);
  await waitFor(() => held() === 1);
  await ana.delete(`/images/${image?.id}`).expect(204);
  release();
  await over(id);
  await ana.get(`/images/${image?.id}`).expect(404);
  expect(pending()).toEqual([]);
});
