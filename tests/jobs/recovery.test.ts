import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settingsFor } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { holdBack } from '../support/hold-back.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { imageJobs } from '../support/image-jobs.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';
import type { Agent } from '../support/salon.ts';
import { imageSettings } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';

let server: ModelServer;
let salon: SalonProcess;
let ana: Agent;
let env: Record<string, string>;
const account = { username: 'Ana', password: 'correct horse 1' };

beforeEach(async () => {
  server = await startModelServer();
  env = { ...settingsFor(server), ...imageSettings };
});
afterEach(async () => {
  await salon.remove();
  await server.close();
});

async function begin(more: Record<string, string> = {}): Promise<void> {
  Object.assign(env, more);
  salon = await spawnSalon({ env });
  ana = request.agent(salon.url);
  await ana.post('/register').send(account).expect(200);
}
async function beginAgain(): Promise<void> {
  salon = await spawnSalon({ env, dir: salon.dir });
  ana = request.agent(salon.url);
  await ana.post('/login').send(account).expect(200);
}
async function endAndBegin(signal: NodeJS.Signals): Promise<void> {
  await salon.kill(signal);
  server.script(() => false);
  await beginAgain();
}

const { enqueue: enqueueJob, look, over } = imageJobs(() => ana);
const enqueue = async (prompt: string) => (await enqueueJob({ prompt })).id;
const callsFor = (prompt: string) => server.calls().filter(({ body }) => body['prompt'] === prompt);

/** Rows and files agree: nothing is ready without its bytes, and nothing waits that nobody works on. */
async function assertWhole(): Promise<void> {
  const files = (await readdir(join(salon.dir, 'images'), { recursive: true })).filter((name) =>
    name.endsWith('.png'),
  );
  for (const row of query(salon.dir, "select place from files where state = 'ready'"))
    expect(files).toContain(row['place']);
  expect(query(salon.dir, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(query(salon.dir, 'pragma foreign_key_check')).toEqual([]);
  const stray = `select i.id from images i where i.status = 'pending' and not exists
    (select 1 from jobs j where j.id = i.job_id and j.status in ('queued', 'running'))`;
  expect(query(salon.dir, stray)).toEqual([]);
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  it(`after ${signal} a call that was sent has an unknown outcome and is not repeated`, async () => {
    await begin();
    const prompt = 'sent and lost [[hang]]';
    const id = await enqueue(prompt);
    await waitFor(() => callsFor(prompt).length > 0);
    await endAndBegin(signal);
    const job = await look(id);
    expect(job).toMatchObject({ status: 'unknown', images: [], error: { code: 'outcome_unknown' } });
    await ana.get('/images').set('accept', 'text/html').expect(200);
    await assertWhole();
    expect(callsFor(prompt)).toHaveLength(1);
    server.script(({ directives }) => {
      directives.delete('hang');
      return false;
    });
    await ana.post(`/jobs/${id}/retry`).expect(200);
    expect((await over(id)).status).toBe('complete');
    expect(callsFor(prompt)).toHaveLength(2);
  });

  it(`after ${signal} a job that was not sent yet runs by itself, once`, async () => {
    await begin({ OPENAI_RATE_LIMIT_RPM: '1' });
    await over(await enqueue('takes the only place of this minute'));
    const id = await enqueue('waits for its minute');
    await waitFor(async () => (await look(id)).status === 'running');
    expect(callsFor('waits for its minute')).toHaveLength(0);
    await endAndBegin(signal);
    expect((await over(id)).status).toBe('complete');
    expect(callsFor('waits for its minute')).toHaveLength(1);
    await assertWhole();
  });
}

it('a job that was cut off while it was being cancelled ends as cancelled, and can be made again', async () => {
  await begin({ OPENAI_RATE_LIMIT_RPM: '1' });
  await over(await enqueue('takes the only place of this minute'));
  const id = await enqueue('cancelled');
  await waitFor(async () => (await look(id)).status === 'running');
  await salon.kill('SIGKILL');
  // As after the first of the two transactions that a cancelled job ends in.
  query(salon.dir, "update images set status = 'failed' where job_id = ?", id);
  await beginAgain();
  expect((await over(id)).status).toBe('cancelled');
  await ana.post(`/jobs/${id}/retry`).expect(200);
  expect(callsFor('cancelled')).toHaveLength(0);
});

it('jobs that were still queued run after the restart, in their order', async () => {
  await begin();
  const hanging = await Promise.all(Array.from({ length: 8 }, (_, i) => enqueue(`hangs ${i} [[hang]]`)));
  await waitFor(() => server.calls().length === 8);
  const queued: string[] = [];
  for (let i = 0; i < 10; i++) queued.push(await enqueue(`queued ${i}`));
  await salon.kill('SIGKILL');
  const { held, release } = holdBack(server, 'queued');
  await beginAgain();
  await waitFor(() => held() === 8);
  const asked = () =>
    server
      .calls()
      .map(({ body }) => String(body['prompt']))
      .filter((prompt) => prompt.startsWith('queued'));
  // Eight at a time: the two that were asked for last wait.
  expect(asked().sort()).toEqual(Array.from({ length: 8 }, (_, i) => `queued ${i}`));
  release();
  for (const id of queued) expect((await over(id)).status).toBe('complete');
  for (const id of hanging) expect((await look(id)).status).toBe('unknown');
  expect(asked()).toHaveLength(10);
  await assertWhole();
});

it('killed at any moment no image is ready without its file, and none is paid for twice', async () => {
  await begin({ OPENAI_RATE_LIMIT_RPM: '1000' });
  const ids: string[] = [];
  for (let round = 0; round < 6; round++) {
    const asked = Array.from({ length: 4 }, (_, i) => enqueue(`sweep ${round} ${i} [[ms=${i * 10}]]`));
    ids.push(...(await Promise.all(asked)));
    // Not to wait for something, but to be killed at another moment each time.
    await new Promise((resolve) => setTimeout(resolve, round * 17));
    await endAndBegin('SIGKILL');
    await assertWhole();
  }
  for (const id of ids) expect(['complete', 'unknown']).toContain((await over(id)).status);
  for (let round = 0; round < 6; round++)
    for (let i = 0; i < 4; i++)
      expect(callsFor(`sweep ${round} ${i} [[ms=${i * 10}]]`).length).toBeLessThanOrEqual(1);
  await assertWhole();
  const { body } = await ana.get('/images?limit=100').expect(200);
  for (const { image_url: url } of body.images) await ana.get(url as string).expect(200);
});

it('stores what is done and ends with 0 within its time on SIGTERM, also with open event streams', async () => {
  await begin();
  const id = await enqueue('open to the end [[hang]]');
  await waitFor(() => server.calls().length > 0);
  const { headers } = await ana.post('/login').send(account).expect(200);
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const stream = await fetch(`${salon.url}/jobs/${id}/events`, { headers: { cookie } });
  const ended = stream.text().catch(() => 'cut');
  expect(await salon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await ended).toMatch(/event: (progress|done)|cut/);
  expect(query(salon.dir, 'select status from jobs')).toEqual([{ status: 'unknown' }]);
});

it('takes up an image whose file was whole when the process died before its row was ready', async () => {
  await begin();
  const id = await enqueue('paid for and painted');
  await over(id);
  await salon.kill('SIGKILL');
  // Exactly what is stored between the file and the last statement.
  query(salon.dir, "update images set status = 'pending', ready_at = null where job_id = ?", id);
  query(salon.dir, "update files set state = 'reserved'");
  query(salon.dir, "update jobs set status = 'running', ended_at = null where id = ?", id);
  await beginAgain();
  const job = await look(id);
  expect(job).toMatchObject({ status: 'complete', images: [{ status: 'ready' }] });
  await ana.get(job.images[0]?.image_url ?? '').expect(200);
  expect(callsFor('paid for and painted')).toHaveLength(1);
  await assertWhole();
});

it('gives up an image whose file is cut, and keeps no name for it', async () => {
  await begin();
  const id = await enqueue('cut in the middle');
  const [image] = (await over(id)).images;
  await salon.kill('SIGKILL');
  query(salon.dir, "update images set status = 'pending' where job_id = ?", id);
  query(salon.dir, "update files set state = 'reserved', bytes = bytes + 1");
  query(salon.dir, "update jobs set status = 'running', ended_at = null where id = ?", id);
  await beginAgain();
  expect(await look(id)).toMatchObject({ status: 'unknown', images: [] });
  await ana.get(image?.image_url ?? '').expect(404);
  await assertWhole();
});

it('a recovery that was cut off itself ends the same way the next time', async () => {
  await begin();
  const id = await enqueue('given up, then killed again [[err=500]]');
  await over(id);
  await salon.kill('SIGKILL');
  query(
    salon.dir,
    "update jobs set status = 'running', error = null, ended_at = null, sent_at = 1 where id = ?",
    id,
  );
  await beginAgain();
  expect(await look(id)).toMatchObject({ status: 'unknown', images: [] });
});
