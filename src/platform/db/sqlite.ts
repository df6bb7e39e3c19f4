import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../../lib/errors.ts';
import type { Db, Params, Statement } from './db.ts';
import { addSearchFunctions } from './search-functions.ts';
import { createWriteQueue } from './write-queue.ts';

/** Waiting for a foreign lock stops every stream, so it is short; a caller that is refused tries again itself. */
const BUSY_TIMEOUT_MS = 250;
/**
 * A checkpoint waits for the disk twice, within the commit that it falls to, and takes as long as there are pages to write
 * back: what an import leaves in 4000 pages 50 to 75 ms, in 2000 (8 MB of log) 20 to 35 ms, while the import as a whole takes
 * as long. In a thread of its own it took longer, and commits waited for the same file. Below that it is the waiting alone:
 * at SQLite's own 1000 pages 200 running replies bring one about every 2 s.
 */
const PAGES_PER_CHECKPOINT = 2000;
const OLDEST_SAFE_VERSION = [3, 51, 3] as const;

export type SqliteDb = Db & { raw: Sqlite.Database; path: string };

/**
 * Opens (or makes) the database file with mode 600 in a folder of mode 700.
 * @throws Error when the bundled SQLite is older than 3.51.3 (WAL-reset bug), or the folder cannot be written
 */
export function openSqlite(path: string): SqliteDb {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const raw = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS });
  chmodSync(path, 0o600);
  refuseOldVersion(raw);
  raw.pragma('journal_mode = WAL');
  // A file that is in WAL mode comes back at NORMAL: set on each open.
  raw.pragma('synchronous = FULL');
  raw.pragma('foreign_keys = ON');
  raw.pragma('secure_delete = ON');
  raw.pragma('temp_store = MEMORY');
  raw.pragma(`wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`);
  addSearchFunctions(raw);

  const prepared = new Map<string, Sqlite.Statement>();
  const prepare = (sql: string) => {
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = raw.prepare(sql)));
    return statement;
  };
  const runBatch = raw.transaction((statements: readonly Statement[]) =>
    statements.map(({ sql, params, mustChange }) => {
      const { changes } = prepare(sql).run(...params);
      if (mustChange && changes === 0) throw new AppError(mustChange === true ? 'conflict' : mustChange);
      return changes;
    }),
  );
  const writes = { durable: createWriteQueue(raw), deferred: createWriteQueue(raw, withoutSync(raw)) };
  return {
    raw,
    path,
    all: async <Row>(sql: string, params: Params = []) => attempt(() => prepare(sql).all(...params) as Row[]),
    get: async <Row>(sql: string, params: Params = []) =>
      attempt(() => prepare(sql).get(...params) as Row | undefined),
    run: (sql, params = []) => writes.durable.write(() => prepare(sql).run(...params).changes).catch(rethrow),
    batch: (statements, durability = 'durable') =>
      writes[durability].write(() => runBatch.immediate(statements)).catch(rethrow),
    close: async () => {
      writes.deferred.flush();
      writes.durable.flush();
      prepared.clear();
      if (raw.open) raw.close();
    },
  };
}

/**
 * Holds a lock on the folder for the life of the process, so that a second Salon cannot take the first one's replies
 * for dead ones. The system lets go of it on any kind of end, `kill -9` included.
 * @throws Error when another process has it; whatever the disk says when the lock cannot be written
 */
export function lockFolder(dir: string): { release(): void } {
  const path = join(dir, 'salon.lock');
  const lock = new Sqlite(path, { timeout: 0 });
  chmodSync(path, 0o600);
  try {
    lock.pragma('journal_mode = DELETE');
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Sqlite.SqliteError && cause.code.startsWith('SQLITE_BUSY'))) throw cause;
    throw new Error(`another Salon is running on ${dir}: stop it, or set another DATA_DIR`, { cause });
  }
  return { release: () => lock.close() };
}

/**
 * Commits what it is given without waiting for the disk. The level belongs to the connection, so it is changed for one
 * transaction that spans no turn of the event loop, and is back before anything else can write. A second connection
 * would cost half as much again: each write through one empties the page cache of the other.
 */
const withoutSync =
  (raw: Sqlite.Database) =>
  <T>(transaction: () => T): T => {
    raw.pragma('synchronous = NORMAL');
    try {
      return transaction();
    } finally {
      raw.pragma('synchronous = FULL');
    }
  };

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    return rethrow(cause);
  }
}

/** Turns the engine's faults into ours: full disk, foreign lock, read-only file. Others pass through. */
function rethrow(cause: unknown): never {
  const code = cause instanceof Sqlite.SqliteError ? cause.code : '';
  if (code.startsWith('SQLITE_FULL')) throw new AppError('storage_full', { cause, retryAfterSeconds: 30 });
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) throw new AppError('busy', { cause, retryAfterSeconds: 1 });
  if (/^SQLITE_(READONLY|IOERR|CANTOPEN)/.test(code))
    throw new AppError('unavailable', { cause, retryAfterSeconds: 30 });
  throw cause;
}

function refuseOldVersion(raw: Sqlite.Database): void {
  const { version } = raw.prepare('select sqlite_version() as version').get() as { version: string };
  const parts = version.split('.').map(Number);
  for (const [i, least] of OLDEST_SAFE_VERSION.entries()) {
    const part = parts[i] ?? 0;
    if (part > least) return;
    if (part < least)
      throw new Error(
        `SQLite ${version} is too old: at least ${OLDEST_SAFE_VERSION.join('.')} is needed (run npm ci)`,
      );
  }
}
