import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Salon } from '../support/salon.ts';

let salon: Salon;
beforeEach(async () => {
  salon = await startSalon();
});
afterEach(() => salon.close());

it('T090 blob-delete: files whose rows went just before a crash are gone after the next start', async () => {
  const picture = join(salon.dir, 'images', '2026', '11', 'left.png');
  const rendition = join(salon.dir, 'data', 'renditions', `${'0'.repeat(26)}-64x64.webp`);
  for (const path of [picture, rendition]) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'bytes');
  }
  const note = 'insert into removed_files (kind, name, removed_at) values (?, ?, ?)';
  query(salon.dir, note, 'picture', '2026/11/left.png', Date.now());
  query(salon.dir, note, 'rendition', '0'.repeat(26), Date.now());
  query(salon.dir, note, 'picture', '2026/11/was-never-written.png', Date.now());
  await salon.restart();
  expect([existsSync(picture), existsSync(rendition)]).toEqual([false, false]);
  expect(query(salon.dir, 'select * from removed_files')).toEqual([]);
});

it('T090 blob-delete: a note can never name a file outside of the picture folder', async () => {
  const outside = join(salon.dir, 'keep.txt');
  writeFileSync(outside, 'keep');
  query(salon.dir, "insert into removed_files (kind, name, removed_at) values ('picture', '../keep.txt', 1)");
  await salon.restart();
  expect(existsSync(outside)).toBe(true);
  expect((await salon.anonymous().get('/login')).status).toBeLessThan(400);
});
