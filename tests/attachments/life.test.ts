import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { imageSettings, setUpPeople, type Bench } from '../support/set-up.ts';
import { jobEnd } from '../usage/setup.ts';
import { attach, fileOf } from './setup.ts';

const DAY_MS = 24 * 60 * 60_000;
let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened), imageSettings);

const storedFiles = async () =>
  (await readdir(join(bench.salon.dir, 'images'), { recursive: true })).filter((name) =>
    /attachments.*\.\w+$/.test(name),
  );
const rows = () => query(bench.salon.dir, 'select id from attachments').length;
const idOf = (thing: unknown) => (thing as { id: string }).id;
const age = (id: string, ms: number) =>
  query(bench.salon.dir, 'update attachments set unused_since = unused_since - ? where id = ?', ms, id);

it('shows and removes attachments for their owner alone', async () => {
  const { body } = await attach(ana, 'mine', 'mine.txt');
  expect((await fileOf(ben, body.id)).status).toBe(404);
  expect((await ben.call('DELETE', body.url)).status).toBe(404);
  expect((await fileOf(ana, body.id)).bytes.toString()).toBe('mine');
  expect((await ana.call('DELETE', body.url)).status).toBe(204);
  expect((await fileOf(ana, body.id)).status).toBe(404);
  expect([rows(), await storedFiles()]).toEqual([0, []]);
});

it('removes what nobody sent within a day, with its file, and keeps what a draft names', async () => {
  const kept = await attach(ana, 'younger', 'younger.txt');
  const drafted = await attach(ana, 'in a draft', 'draft.txt');
  const old = await attach(ana, 'older', 'older.txt');
  const owner = query<{ id: string }>(bench.salon.dir, "select id from users where username = 'Ana'")[0]?.id;
  query(
    bench.salon.dir,
    'insert into drafts (id, owner_id, content, attachments, updated_at) values (?, ?, ?, ?, ?)',
    ...['d', owner, 'typed', JSON.stringify([drafted.body.id]), Date.now()],
  );
  age(kept.body.id, DAY_MS - 60_000);
  age(drafted.body.id, DAY_MS + 60_000);
  age(old.body.id, DAY_MS + 60_000);
  await bench.salon.restart();
  const again = ana.at(bench.salon.url);
  expect((await fileOf(again, old.body.id)).status).toBe(404);
  expect((await fileOf(again, kept.body.id)).status).toBe(200);
  expect((await fileOf(again, drafted.body.id)).status).toBe(200);
  expect((await storedFiles()).length).toBe(2);
});

it('gives back at the start the room of uploads that a crash cut off', async () => {
  await attach(ana, 'whole', 'whole.txt');
  query(
    bench.salon.dir,
    `insert into files (id, owner_id, kind, bytes, state, created_at)
      select 'cut', id, 'attachment', 5000, 'reserved', 0 from users where username = 'Ana'`,
  );
  await bench.salon.restart();
  expect(query(bench.salon.dir, "select id from files where id = 'cut'")).toEqual([]);
  expect((await storedFiles()).length).toBe(1);
});

it('counts against the quota, and says so without keeping anything', async () => {
  query(bench.salon.dir, "update users set storage_limit_bytes = 3000 where username = 'Ana'");
  expect((await attach(ana, 'x'.repeat(2000), 'first.txt')).status).toBe(201);
  const { status, body } = await attach(ana, 'x'.repeat(2000), 'second.txt');
  expect([status, body.code]).toEqual([507, 'quota_reached']);
  expect(rows()).toBe(1);
  expect(query(bench.salon.dir, 'select id from files').length).toBe(1);
});

it('goes with the account, also what is being uploaded at that time', async () => {
  await attach(ben, 'of Ben', 'ben.txt');
  const uploads = Array.from({ length: 5 }, (_, i) => attach(ben, `late ${i}`, `late${i}.txt`));
  const deleted = await ben.form('/settings/account/delete', {
    password: 'correct horse 1',
    username: 'Ben',
  });
  expect([200, 303]).toContain(deleted.status);
  await Promise.all(uploads);
  await bench.salon.restart();
  expect(query(bench.salon.dir, "select id from users where username = 'Ben'")).toEqual([]);
  expect([rows(), query(bench.salon.dir, 'select id from files'), await storedFiles()]).toEqual([0, [], []]);
});

it('refuses a request without a file, and a copy of an image that is not there', async () => {
  const form = await ana.form('/attachments');
  expect(form.status).toBe(422);
  expect((await ana.call('POST', '/attachments', { image: '0'.repeat(26) })).status).toBe(404);
});

it('copies an image out of the library, which may go afterwards', async () => {
  const { body } = await ana.call<{ job: { id: string } }>('POST', '/images', {
    prompt: 'a boat',
    size: '1024x1024',
  });
  const image = idOf((await jobEnd(ana, body.job.id)).images[0]);
  const { status, body: copy } = await ana.call<{ id: string; kind: string; width: number }>(
    'POST',
    '/attachments',
    {
      image,
    },
  );
  expect(status).toBe(201);
  expect(copy).toMatchObject({ kind: 'image', name: 'a boat' });
  await ana.call('DELETE', `/images/${image}`);
  await ana.call('DELETE', `/trash/${image}`);
  expect((await fileOf(ana, copy.id)).status).toBe(200);
});
