import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../log.ts';
import { copyDatabase, syncPath } from './copy.ts';
import { migrations, type Migration } from './migrations/migrations.ts';
import { openReader } from './reader.ts';
import type { SqliteDb } from './sqlite.ts';

/**
 * Brings the database to the newest schema, with `user_version` as the counter. All missing migrations are one
 * transaction: whatever fails or is killed on the way, the file is what it was, and the older Salon can go on with it.
 * A database that already holds data is copied to `backups/before-<version>.db` first. `list` is for tests.
 * @throws Error with one sentence: written by a newer Salon, no room for the copy, or a migration that failed
 */
export async function migrate(
  db: SqliteDb,
  log: Log,
  list: readonly Migration[] = migrations,
): Promise<void> {
  const current = db.raw.pragma('user_version', { simple: true }) as number;
  const newest = list.length;
  if (current > newest)
    throw new Error(
      `the database is at version ${current}, this Salon knows ${newest}: start the newer Salon`,
    );
  if (current === newest) return;
  if (current > 0) await snapshot(db.path, current, newest);
  const missing = list.slice(current);
  let running = '';
  try {
    db.raw
      .transaction(() => {
        for (const { name, sql } of missing) {
          running = name;
          db.raw.exec(sql);
        }
        const orphans = db.raw.pragma('foreign_key_check') as unknown[];
        if (orphans.length > 0) throw new Error(`${orphans.length} rows would name rows that are not there`);
        db.raw.pragma(`user_version = ${newest}`);
      })
      .immediate();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the upgrade of the database to version ${newest} failed at "${running}" (${why}) and changed nothing: the Salon of before can go on with it`;
    throw new Error(message, { cause });
  }
  for (const [index, { name }] of missing.entries())
    log.info('database migrated', { version: current + index + 1, name });
}

/**
 * The copy to go back to with `rollback`. One that is there already is from an upgrade that did not happen or was
 * undone: people may have gone on since, so it is replaced, by a copy that was read through first.
 */
async function snapshot(path: string, current: number, version: number): Promise<void> {
  const folder = join(dirname(path), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `before-${version}.db`);
  const unfinished = `${target}.part`;
  try {
    for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + ending, { force: true });
    requireRoom(path, folder);
    await copyDatabase(path, unfinished);
    requireSound(unfinished, current);
    renameSync(unfinished, target);
    syncPath(folder);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the database cannot be copied before its upgrade (${why}): nothing was changed`, {
      cause,
    });
  }
}

function requireRoom(path: string, folder: string): void {
  const needed = [path, `${path}-wal`]
    .filter((name) => existsSync(name))
    .reduce((sum, name) => sum + statSync(name).size, 0);
  const disk = statfsSync(folder);
  if (disk.bavail * disk.bsize < needed) throw new Error(`there is no room for a copy of ${needed} bytes`);
}

function requireSound(path: string, version: number): void {
  const copy = openReader(path);
  try {
    const [fault] = copy.version() === version ? copy.faults() : ['it is at another version'];
    if (fault) throw new Error(`the copy is damaged: ${fault}`);
  } finally {
    copy.close();
  }
}
