import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
beforeEach(async () => {
  salon = await startSalon();
});
afterEach(() => salon.close());

const insert = (id: string, state: string, place: string) =>
  query(
    salon.dir,
    `insert into files (id, owner_id, kind, place, bytes, state, created_at) values (?, 'nobody', 'image', ?, 5, ?, 1)`,
    id,
    place,
    state,
  );

it('removes at the next start what was given up just before a crash, with its smaller copies', async () => {
  const id = '0'.repeat(26);
  const image = join(salon.dir, 'images', '2026', '11', 'left.png');
  const rendition = join(salon.dir, 'data', 'renditions', `${id}-64x0.webp`);
  for (const path of [image, rendition]) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, 'bytes');
  }
  insert(id, 'removing', '2026/11/left.png');
  insert('1'.repeat(26), 'removing', '2026/11/was-never-written.png');
  await salon.restart();
  expect(existsSync(image)).toBe(false);
  // Smaller copies are looked through while Salon is running already.
  await waitFor(() => !existsSync(rendition));
  expect(query(salon.dir, 'select * from files')).toEqual([]);
});

it('removes at the next start the files of somebody who is gone', async () => {
  const image = join(salon.dir, 'images', 'orphan.png');
  writeFileSync(image, 'bytes');
  insert('2'.repeat(26), 'ready', 'orphan.png');
  await salon.restart();
  expect(existsSync(image)).toBe(false);
  expect(query(salon.dir, 'select * from files')).toEqual([]);
});

it('removes nothing outside of the folder, whatever a row names', async () => {
  const outside = join(salon.dir, 'keep.txt');
  writeFileSync(outside, 'keep');
  insert('3'.repeat(26), 'removing', '../keep.txt');
  await salon.restart();
  expect(existsSync(outside)).toBe(true);
  expect((await salon.anonymous().get('/login')).status).toBeLessThan(400);
});
