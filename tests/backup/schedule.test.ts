import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBackups, runHere, type Backups, type RunBackup } from '../../src/backup/backup.ts';
import { openSqlite, type SqliteDb } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { makePlace, type Place } from './place.ts';

const HOUR = 3_600_000;
let place: Place;
let db: SqliteDb;
let clock: number;
let backups: Backups;
const ended: string[] = [];
const now = () => clock;

beforeEach(async () => {
  place = await makePlace();
  await place.fill();
  db = openSqlite(place.at('data/salon.db'));
  clock = Date.UTC(2026, 10, 21, 9, 0, 0);
  ended.length = 0;
  backups = create();
});
afterEach(async () => {
  await backups.close();
  await db.close();
  await place.remove();
});

const create = (run: RunBackup = runHere({ ...place, salon: '1.2.3', now })) =>
  createBackups({
    db,
    log: silentLog,
    dataDir: place.dataDir,
    run,
    now,
    onScheduled: ({ outcome }) => Promise.resolve(void ended.push(outcome)),
  });
const passHours = async (hours: number) => {
  for (let hour = 0; hour < hours; hour++) {
    clock += HOUR;
    await backups.tick();
  }
};

it('makes the first one a day after it began to run, and then one each day', async () => {
  await backups.tick();
  expect((await backups.settings()).schedule).toMatchObject({
    everyHours: 24,
    keep: 7,
    nextAt: clock + 24 * HOUR,
  });
  await passHours(23);
  expect(await place.archives()).toEqual([]);
  await passHours(1);
  expect(await place.archives()).toEqual(['salon-backup-20261122-090000-scheduled.zip']);
  await passHours(24);
  expect(await place.archives()).toHaveLength(2);
  expect(ended).toEqual(['done', 'done']);
  expect((await backups.settings()).last).toMatchObject({ at: clock, kind: 'scheduled', outcome: 'done' });
});

it('catches up at once when the server was off at its time, also over a restart', async () => {
  await backups.tick();
  clock += 90 * HOUR;
  await backups.close();
  backups = create();
  await backups.tick();
  expect(await place.archives()).toHaveLength(1);
  await backups.tick();
  expect(await place.archives()).toHaveLength(1);
});

it('removes the oldest scheduled ones beyond what is kept, never those made by hand', async () => {
  const byHand = await place.backUp('manual', now);
  const { schedule } = await backups.settings();
  await backups.changeSchedule({ everyHours: 1, keep: 2, version: schedule.version });
  await passHours(5);
  expect(await place.archives()).toEqual([
    byHand.name,
    'salon-backup-20261121-130000-scheduled.zip',
    'salon-backup-20261121-140000-scheduled.zip',
  ]);
});

it('removes nothing when the new one failed, says why, and tries again after an hour', async () => {
  const { schedule } = await backups.settings();
  await backups.changeSchedule({ everyHours: 12, keep: 1, version: schedule.version });
  await passHours(12);
  const [good] = await place.archives();
  await backups.close();
  backups = create(() => Promise.reject(new Error('there is no room left on the disk')));
  await passHours(12);
  expect(await place.archives()).toEqual([good]);
  expect((await backups.settings()).last).toMatchObject({
    outcome: 'failed',
    name: null,
    message: 'there is no room left on the disk',
  });
  expect((await backups.settings()).schedule.nextAt).toBe(clock + HOUR);
  expect(ended).toEqual(['done', 'failed']);
});

it('makes none when it is switched off, and refuses a change of what somebody else changed', async () => {
  const { schedule } = await backups.settings();
  await backups.changeSchedule({ everyHours: 0, keep: 3, version: schedule.version });
  await expect(
    backups.changeSchedule({ everyHours: 1, keep: 1, version: schedule.version }),
  ).rejects.toMatchObject({ code: 'conflict' });
  await passHours(60);
  expect(await place.archives()).toEqual([]);
  expect((await backups.settings()).schedule).toMatchObject({ everyHours: 0, keep: 3, nextAt: null });
});

it('stays off when it is switched off while the next time is being set', async () => {
  const { schedule } = await backups.settings();
  const planning = backups.tick();
  await backups.changeSchedule({ everyHours: 0, keep: 3, version: schedule.version });
  await planning;
  expect(place.query('select next_at from backup_settings')).toEqual([{ next_at: null }]);
});

it('is not put off for years by a clock that was wrong once', async () => {
  const right = clock;
  clock = Date.UTC(2040, 0, 1);
  await backups.tick();
  clock = right;
  await backups.tick();
  expect((await backups.settings()).schedule.nextAt).toBe(right + 24 * HOUR);
});

it('runs one at a time, and tells whoever began it how it ended', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const real = runHere({ ...place, salon: '1.2.3', now });
  await backups.close();
  backups = create(async (kind, watch) => {
    watch.onProgress({ phase: 'files', part: 0.5 });
    await held;
    return real(kind, watch);
  });
  const told = new Promise<string | null>((resolve) =>
    backups.start(({ name }) => Promise.resolve(resolve(name))),
  );
  expect(backups.running()).toMatchObject({ kind: 'manual', phase: 'files', part: 0.5 });
  expect(() => backups.start()).toThrow(expect.objectContaining({ code: 'conflict' }) as Error);
  release();
  expect(await told).toBe('salon-backup-20261121-090000.zip');
  expect(backups.running()).toBeUndefined();
});

it('gives and removes only what is one of its archives', async () => {
  await writeFile(place.at('data/backups.txt'), 'x');
  const { name } = await place.backUp('manual', now);
  await writeFile(place.archive('before-3.db'), 'a copy');
  for (const wrong of [
    '../salon.db',
    'before-3.db',
    `./${name}`,
    `${name}/`,
    `${name}\0`,
    '',
    'salon.lock',
    `x${name}`,
  ])
    for (const attempt of [backups.open(wrong), backups.remove(wrong)])
      await expect(attempt, wrong).rejects.toMatchObject({ code: 'not_found' });
  expect(await place.archives()).toEqual(['before-3.db', name]);
  await backups.remove(name);
  expect(await place.archives()).toEqual(['before-3.db']);
});
