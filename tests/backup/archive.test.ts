import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listBackups } from '../../src/backup/folder.ts';
import { verifyBackup } from '../../src/backup/restore.ts';
import { lockFolder, openSqlite } from '../../src/platform/db/sqlite.ts';
import { makePlace, readZip, sha256, type Place } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await makePlace();
  await place.fill();
});
afterEach(() => place.remove());

it('puts database, secret and every image into one archive that says what is in it', async () => {
  const { name, files } = await place.backUp('manual', () => Date.UTC(2026, 10, 21, 9, 30, 5));
  expect(name).toBe('salon-backup-20261121-093005.zip');
  expect(files).toBe(5);
  expect(statSync(place.archive(name)).mode & 0o777).toBe(0o600);
  const entries = await readZip(place.archive(name));
  const manifest = JSON.parse(String(entries.get('manifest.json'))) as {
    created_at: string;
    salon: string;
    schema: number;
    rows: Record<string, number>;
    files: { name: string; bytes: number; sha256: string }[];
  };
  expect(manifest).toMatchObject({ format: 1, salon: '1.2.3', kind: 'manual', gone: [], damaged: [] });
  expect(manifest.created_at).toBe('2026-11-21T09:30:05.000Z');
  expect(manifest.rows).toMatchObject({ users: 1, images: 3, messages: 0 });
  expect(manifest.files.map((file) => file.name).sort()).toEqual(
    [...entries.keys()].filter((entry) => entry !== 'manifest.json').sort(),
  );
  for (const file of manifest.files) {
    const content = entries.get(file.name) ?? Buffer.alloc(0);
    expect([file.name, file.bytes, file.sha256]).toEqual([file.name, content.length, sha256(content)]);
  }
  expect(await place.archives()).toEqual([name]);
  expect((await verifyBackup(place.archive(name))).files).toHaveLength(5);
});

it('takes what the server has written but not yet put into the file', async () => {
  const db = openSqlite(place.at('data', 'salon.db'));
  const lock = lockFolder(place.dataDir);
  await db.run("insert into app_secrets values ('late', 'value')");
  const { name } = await place.backUp();
  lock.release();
  await db.close();
  await writeFile(place.at('copy.db'), (await readZip(place.archive(name))).get('salon.db') ?? '');
  const copy = openSqlite(place.at('copy.db'));
  expect(await copy.get("select value from app_secrets where name = 'late'")).toEqual({ value: 'value' });
  await copy.close();
});

it('notes an image that is gone or damaged, and saves the rest', async () => {
  await rm(place.at('images/2026/11/image-0.png'));
  await writeFile(place.at('images/2026/11/image-1.png'), 'rotten');
  const result = await place.backUp();
  expect(result).toMatchObject({
    gone: ['2026/11/image-0.png'],
    damaged: ['2026/11/image-1.png'],
    files: 4,
  });
  await verifyBackup(place.archive(result.name));
});

it('never overwrites: a second one in the same second takes the next name', async () => {
  const now = () => Date.UTC(2026, 10, 21, 9, 30, 5);
  const first = await place.backUp('manual', now);
  const bytes = await readFile(place.archive(first.name));
  const second = await place.backUp('scheduled', now);
  expect(second.name).toBe('salon-backup-20261121-093006-scheduled.zip');
  expect((await readFile(place.archive(first.name))).equals(bytes)).toBe(true);
  expect((await listBackups(place.dataDir)).map(({ name, kind }) => [name, kind])).toEqual([
    [second.name, 'scheduled'],
    [first.name, 'manual'],
  ]);
});

it('clears what a killed one left, and leaves everything else in the folder alone', async () => {
  await mkdir(place.at('data/backups'), { recursive: true });
  const left = ['salon-backup-20200101-000000.zip.part', 'salon-backup-20200101-000000.zip.db.part'];
  const kept = ['before-3.db', 'before-5.db.part', 'notes.txt'];
  for (const name of [...left, ...kept]) await writeFile(place.archive(name), 'x');
  const { name } = await place.backUp();
  expect(await place.archives()).toEqual([...kept, name].sort());
  expect((await listBackups(place.dataDir)).map((file) => file.name)).toEqual([name]);
});

it('refuses to run beside another one, which is not disturbed', async () => {
  await mkdir(place.at('data/backups'), { recursive: true });
  await writeFile(place.archive('salon-backup-20200101-000000.zip.part'), 'being written');
  const lock = lockFolder(place.at('data/backups'));
  await expect(place.backUp()).rejects.toThrow(/another backup is running/);
  lock.release();
  expect(await place.archives()).toEqual(['salon-backup-20200101-000000.zip.part']);
});

it('saves no damaged database, and says which fault it found', async () => {
  const good = await place.backUp();
  const path = place.at('data/salon.db');
  const bytes = await readFile(path);
  bytes.fill(0xff, 3 * 4096, 6 * 4096);
  await writeFile(path, bytes);
  await expect(place.backUp()).rejects.toThrow(/the backup failed, and the older ones are untouched: /);
  expect(await place.archives()).toEqual([good.name]);
});

it('says so when there is nothing to back up, or nowhere to put it', async () => {
  await rm(place.at('data/salon.db'));
  await expect(place.backUp()).rejects.toThrow(/there is no database/);
  await place.fill(0);
  await writeFile(place.at('data/backups'), 'a file where the folder should be');
  await chmod(place.at('data/backups'), 0o600);
  await expect(place.backUp()).rejects.toThrow(/backups cannot be written/);
  expect(existsSync(place.at('data/salon.db'))).toBe(true);
});
