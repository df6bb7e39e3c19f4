import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chatgpt, importArchive, node, zipOf, type ReportJson } from '../support/archives.ts';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

const many = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    chatgpt(`c${i}`, [
      node('root', null),
      node('q', 'root', { text: `question ${i} ${'x'.repeat(500)}`, at: i + 1 }),
      node('a', 'q', { role: 'assistant', text: `answer ${i}`, at: i + 2 }),
    ]),
  );
const leftFiles = () => readdir(join(bench.salon.dir, 'data', 'imports')).catch(() => []);

/** As a browser without scripts sends it. @returns where it leads */
async function upload(person: Person, bytes: Buffer): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), 'my archive.zip');
  const response = await fetch(`${person.url}/import?dry_run=1`, {
    method: 'POST',
    headers: { cookie: person.cookie, accept: 'text/html' },
    body: form,
    redirect: 'manual',
  });
  expect(response.status).toBe(303);
  return response.headers.get('location') ?? '';
}

it('shows by pages alone what an archive holds, imports it on demand, reports it, and forgets it', async () => {
  const entries = { 'conversations.json': many(3), 'user.json': {} };
  const path = await upload(ana, await zipOf(entries));
  const looked = await eventually(async () => {
    const { body } = await ana.page(path);
    return body.includes('What the archive holds') ? body : undefined;
  });
  expect(looked).toContain('Import of my archive.zip');
  expect(looked).toContain('3 conversations in the archive');
  expect(looked).toContain('3 are new');
  expect(looked).toContain('A file that belongs to no conversation (1)');
  expect(query(bench.salon.dir, 'select id from conversations')).toEqual([]);
  expect((await ben.page(path)).status).toBe(404);

  expect((await ana.form(`${path}/start`)).location).toBe(path);
  const done = await eventually(async () => {
    const { body } = await ana.page(path);
    return body.includes('The import is finished') ? body : undefined;
  });
  expect(done).toContain('3 were added');
  expect(await leftFiles()).toEqual([]);
  expect((await ana.form(`${path}/start`)).status).toBe(409);
  expect((await ana.page('/import')).body).toContain('my archive.zip');
  expect((await ana.form(`${path}/delete`)).location).toBe('/import');
  expect((await ana.page(path)).status).toBe(404);
  expect(query(bench.salon.dir, 'select id from conversations')).toHaveLength(3);
});

it('an import that was cut off begins anew after the start and ends with everything once', async () => {
  const { body } = await start(ana, await zipOf({ 'conversations.json': many(400) }));
  await eventually(() => query(bench.salon.dir, 'select id from conversations')[20]);
  await bench.salon.restart();
  const again = ana.at(bench.salon.url);
  const report = await eventually(async () => {
    const job = (await again.call<ReportJson>('GET', `/jobs/${body.job.id}`)).body;
    return ['queued', 'running'].includes(job.status) ? undefined : job;
  });
  expect(report).toMatchObject({ status: 'complete', counts: { conversations: 400 } });
  expect(report.added + report.updated + report.unchanged).toBe(400);
  const [found] = query(
    bench.salon.dir,
    `select count(distinct c.id) as conversations, count(*) as messages,
      sum(c.leaf_id = m.id) as ends from conversations c join messages m on m.conversation_id = c.id where m.parent_id is not null`,
  );
  expect(found).toEqual({ conversations: 400, messages: 800, ends: 400 });
  expect(await leftFiles()).toEqual([]);
});

it('a cancelled import keeps what was stored, removes its file, and can be brought in again', async () => {
  const archive = await zipOf({ 'conversations.json': many(400) });
  const { body } = await start(ana, archive);
  await eventually(() => query(bench.salon.dir, 'select id from conversations')[5]);
  await ana.call('POST', `/jobs/${body.job.id}/cancel`);
  expect((await ana.call<ReportJson>('GET', `/jobs/${body.job.id}`)).body.status).toBe('cancelled');
  expect(await leftFiles()).toEqual([]);
  expect((await ana.call('POST', `/jobs/${body.job.id}/retry`)).status).toBe(409);
  const report = await importArchive(ana, archive);
  expect(report.unchanged).toBeGreaterThan(4);
  expect(report.added + report.updated + report.unchanged).toBe(400);
  expect(query(bench.salon.dir, 'select id from conversations')).toHaveLength(400);
});

async function start(person: Person, bytes: Buffer) {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), 'archive.zip');
  const response = await fetch(`${person.url}/import`, {
    method: 'POST',
    headers: { cookie: person.cookie, accept: 'application/json' },
    body: form,
  });
  expect(response.status).toBe(202);
  return { body: (await response.json()) as { job: { id: string } } };
}

it('says on the page of an import that search finds it later, while it is not indexed', async () => {
  const path = await upload(ana, await zipOf({ 'conversations.json': many(600) }));
  await eventually(async () => ((await ana.page(path)).body.includes('Import now') ? true : undefined));
  await ana.form(`${path}/start`);
  const told = /Search finds the imported messages some time after|% is still to be indexed/;
  await eventually(async () => (told.test((await ana.page(path)).body) ? true : undefined));
  await eventually(async () => {
    const { body } = await ana.page(path);
    return body.includes('The import is finished') && !told.test(body) ? true : undefined;
  }, 60_000);
});
