import { chmodSync, openSync, closeSync, fsyncSync } from 'node:fs';
import Sqlite from 'better-sqlite3';

/** 4 MiB a step: between two steps the process does other things, and the disk too. */
const PAGES_PER_STEP = 1024;
const PAUSE_MS = 2;
/** One large fsync at the end would hold up the commits of a server on the same disk for hundreds of milliseconds. */
const STEPS_PER_SYNC = 4;

type CopyOptions = {
  /** Called before each step with how much is copied, from 0 to 1. */
  onProgress?: ((part: number) => void) | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Copies a database that may be in use, as it is at one instant, with SQLite's own online backup. The copy has mode
 * 600, is one file without a log beside it, and is on the disk when this resolves. `to` must not exist.
 * @throws Error of the engine, or the signal's reason
 */
export async function copyDatabase(from: string, to: string, options: CopyOptions = {}): Promise<void> {
  let steps = 0;
  const source = new Sqlite(from, { fileMustExist: true, timeout: 5000 });
  try {
    source.pragma('query_only = ON');
    // An open read transaction pins the instant: without it each write of the server starts the copy anew.
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        options.signal?.throwIfAborted();
        options.onProgress?.(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        if (++steps % STEPS_PER_SYNC === 0) syncPath(to);
        pause();
        return PAGES_PER_STEP;
      },
    });
  } finally {
    source.close();
  }
  chmodSync(to, 0o600);
  const copy = new Sqlite(to, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = DELETE');
  } finally {
    copy.close();
  }
  syncPath(to);
}

/**
 * Runs statements on a copy that nothing else has open, all or none. What they remove is overwritten in the file.
 * @throws Error of the engine
 */
export function changeCopy(path: string, statements: readonly string[]): void {
  const copy = new Sqlite(path, { fileMustExist: true });
  try {
    copy.pragma('foreign_keys = ON');
    copy.pragma('secure_delete = ON');
    copy.transaction(() => {
      for (const sql of statements) copy.prepare(sql).run();
    })();
  } finally {
    copy.close();
  }
}

/**
 * Writes everything from the log beside a database into it and removes the log, so that the file alone is the database.
 * Only while nothing else has it open. @throws Error of the engine
 */
export function settleDatabase(path: string): void {
  const database = new Sqlite(path, { fileMustExist: true, timeout: 5000 });
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.pragma('journal_mode = DELETE');
  } finally {
    database.close();
  }
}

/** Makes a file, or the names in a folder, survive a power cut. */
export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** better-sqlite3 takes the next step at the next turn and cannot be told to wait, so the wait is here: 2 ms a step. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
