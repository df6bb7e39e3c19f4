import {
  copyFileSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { utcStamp } from '../lib/time.ts';
import { settleDatabase, syncPath } from '../platform/db/copy.ts';
import { openReader } from '../platform/db/reader.ts';
import { lockFolder } from '../platform/db/sqlite.ts';
import { prepareFolder } from '../platform/secret.ts';
import { folderOf, requireRoom } from './folder.ts';

export type RollbackPlan = {
  /** The copy that the upgrade made, such as `before-5.db`. */
  snapshot: string;
  takenAt: number;
  /** Versions of the schema; `from` is unknown when the present database cannot be read. */
  from: number | undefined;
  to: number;
  /** Rows by table that the copy does not have; unknown when the present database cannot be read. */
  lost: Record<string, number> | undefined;
};

/**
 * Finds the copy from before the last upgrade and says what going back to it would lose. Changes nothing.
 * @throws Error with one sentence: a Salon is running, there is no database or no copy, or the copy is damaged
 */
export function planRollback(dataDir: string): RollbackPlan {
  requireDatabase(dataDir);
  prepareFolder(dataDir, 'DATA_DIR', { isPrivate: true, holdsDatabase: true });
  const lock = lockFolder(dataDir);
  try {
    return plan(dataDir);
  } finally {
    lock.release();
  }
}

/**
 * Puts the copy in the place of the database and keeps the present one as `salon-<stamp>.db`. At every moment one of
 * the two is `salon.db`, whatever kills this. @returns the plan, and the name that the present database has now
 * @throws Error as `planRollback`
 */
export async function rollBack(dataDir: string, now: number): Promise<RollbackPlan & { kept: string }> {
  requireDatabase(dataDir);
  prepareFolder(dataDir, 'DATA_DIR', { isPrivate: true, holdsDatabase: true });
  const lock = lockFolder(dataDir);
  const database = join(dataDir, 'salon.db');
  const next = join(dataDir, 'salon.db.part');
  try {
    const planned = plan(dataDir);
    const source = join(folderOf(dataDir), planned.snapshot);
    await requireRoom(dataDir, statSync(source).size);
    rmSync(next, { force: true });
    copyFileSync(source, next, constants.COPYFILE_EXCL);
    chmodSync(next, 0o600);
    syncPath(next);
    const kept = freeName(dataDir, now);
    settle(database, join(dataDir, kept));
    keep(database, join(dataDir, kept));
    renameSync(next, database);
    syncPath(dataDir);
    return { ...planned, kept };
  } finally {
    rmSync(next, { force: true });
    lock.release();
  }
}

function plan(dataDir: string): RollbackPlan {
  const database = join(dataDir, 'salon.db');
  const from = readVersion(database);
  const snapshot = findSnapshot(dataDir, from);
  const path = join(folderOf(dataDir), snapshot);
  const copy = openReader(path);
  try {
    const [fault] = copy.faults();
    if (fault) throw new Error(`${snapshot} is damaged and cannot be used: ${fault}`);
    return {
      snapshot,
      takenAt: statSync(path).mtimeMs,
      from,
      to: copy.version(),
      lost: countLost(database, path),
    };
  } finally {
    copy.close();
  }
}

/** Before the lock, which makes a file. */
function requireDatabase(dataDir: string): void {
  if (!existsSync(join(dataDir, 'salon.db'))) throw new Error(`there is no database in ${dataDir}`);
}

function findSnapshot(dataDir: string, version: number | undefined): string {
  const folder = folderOf(dataDir);
  const numbers = (existsSync(folder) ? readdirSync(folder) : [])
    .map((name) => Number(/^before-(\d+)\.db$/.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => !Number.isNaN(number));
  const wanted = version ?? Math.max(...numbers);
  if (numbers.includes(wanted)) return `before-${wanted}.db`;
  if (version === undefined)
    throw new Error('the database cannot be read, and there is no copy to go back to');
  const newer = numbers.filter((number) => number > version);
  if (newer.length > 0)
    throw new Error(
      `the database is at version ${version} already, that of before the upgrade to ${Math.min(...newer)}: start the older Salon`,
    );
  const why = `the database is at version ${version}, and backups/before-${version}.db is not there`;
  throw new Error(`there is nothing to go back to: ${why}`);
}

function readVersion(path: string): number | undefined {
  try {
    const reader = openReader(path);
    try {
      return reader.version();
    } finally {
      reader.close();
    }
  } catch {
    return undefined;
  }
}

function countLost(database: string, snapshot: string): Record<string, number> | undefined {
  try {
    const present = openReader(database);
    try {
      return Object.fromEntries(
        Object.entries(present.countMissingIn(snapshot)).filter(([, count]) => count > 0),
      );
    } finally {
      present.close();
    }
  } catch {
    return undefined;
  }
}

/** The log goes into the file, or, when the file cannot be read, is kept beside it under the new name. */
function settle(database: string, kept: string): void {
  try {
    settleDatabase(database);
  } catch {
    if (existsSync(`${database}-wal`)) renameSync(`${database}-wal`, `${kept}-wal`);
  }
  for (const ending of ['-wal', '-shm']) rmSync(database + ending, { force: true });
}

/** A second name for the same file, so that `salon.db` is never missing; a copy where the disk knows no links. */
function keep(database: string, kept: string): void {
  try {
    linkSync(database, kept);
  } catch {
    copyFileSync(database, kept, constants.COPYFILE_EXCL);
    chmodSync(kept, 0o600);
    syncPath(kept);
  }
}

function freeName(dataDir: string, now: number): string {
  for (let instant = now; ; instant += 1000) {
    const { date, time } = utcStamp(instant);
    const name = `salon-${date}-${time}.db`;
    if (!existsSync(join(dataDir, name))) return name;
  }
}
