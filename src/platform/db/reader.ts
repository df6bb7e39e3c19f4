import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import type { Params } from './db.ts';

/** Only reading, and beside a server at most: waits for its short locks. */
const BUSY_TIMEOUT_MS = 5000;

/** What SQLite takes by itself. */
const CACHE_KILOBYTES = 2000;

export type Reader = ReturnType<typeof openReader>;

/**
 * Opens a database file to look at it and to check it; nothing can be written through it. It may be in use by a server.
 * @param cacheKilobytes how much of the file is kept in memory @throws Error when there is no such file or it is no database
 */
export function openReader(path: string, cacheKilobytes = CACHE_KILOBYTES) {
  // A read-only connection leaves its -wal and -shm behind where there were none, so it is taken only where they are.
  const raw = new Sqlite(path, {
    readonly: existsSync(`${path}-wal`),
    fileMustExist: true,
    timeout: BUSY_TIMEOUT_MS,
  });
  try {
    raw.pragma('query_only = ON');
    raw.pragma(`cache_size = ${-cacheKilobytes}`);
    raw.pragma('schema_version');
  } catch (error) {
    raw.close();
    throw error;
  }
  const prepared = new Map<string, Sqlite.Statement>();
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? raw.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const tables = () =>
    (raw.pragma('table_list') as { schema: string; name: string; type: string }[])
      .filter(
        ({ schema, name, type }) => schema === 'main' && type === 'table' && !name.startsWith('sqlite_'),
      )
      .map(({ name }) => name)
      .sort();

  return {
    all: <Row>(sql: string, params: Params = []) => prepare(sql).all(...params) as Row[],
    /** The schema's version: how many migrations the file has seen. */
    version: () => Number(raw.pragma('user_version', { simple: true })),
    /** What is wrong inside the file, at most a hundred lines; empty when it is well. Reads the whole file. */
    faults(): string[] {
      try {
        const lines = raw.pragma('integrity_check') as { integrity_check: string }[];
        return lines.map((line) => line.integrity_check).filter((line) => line !== 'ok');
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    },
    /** How many rows name a row that is not there. */
    foreignKeyFaults: () => (raw.pragma('foreign_key_check') as unknown[]).length,
    tables,
    countRows: (): Record<string, number> =>
      Object.fromEntries(
        tables().map((name) => [
          name,
          Number(
            raw
              .prepare(`select count(*) from ${quoted(name)}`)
              .pluck()
              .get(),
          ),
        ]),
      ),
    /** For each table that both have: how many rows of this file the other one lacks, by their keys. */
    countMissingIn(other: string): Record<string, number> {
      raw.prepare('attach database ? as other').run(other);
      try {
        const listed = raw.pragma('other.table_list') as { schema: string; name: string }[];
        const theirs = new Set(listed.filter(({ schema }) => schema === 'other').map(({ name }) => name));
        return Object.fromEntries(
          tables().map((name) => [name, theirs.has(name) ? countMissing(name) : countAll(name)]),
        );
      } finally {
        raw.exec('detach database other');
      }
    },
    close: () => raw.close(),
  };

  function countAll(table: string): number {
    return Number(
      raw
        .prepare(`select count(*) from main.${quoted(table)}`)
        .pluck()
        .get(),
    );
  }

  function countMissing(table: string): number {
    const columns = raw.pragma(`table_info(${quoted(table)})`) as { name: string; pk: number }[];
    const keys = columns.filter(({ pk }) => pk > 0).map(({ name }) => quoted(name));
    const same = (keys.length > 0 ? keys : ['rowid']).map((key) => `theirs.${key} = ours.${key}`);
    const sql = `select count(*) from main.${quoted(table)} as ours
      where not exists (select 1 from other.${quoted(table)} as theirs where ${same.join(' and ')})`;
    return Number(raw.prepare(sql).pluck().get());
  }
}

/**
 * True when a process holds the lock on the folder. Only a look: takes nothing, and makes no file.
 */
export function isFolderLocked(dir: string): boolean {
  const path = `${dir}/salon.lock`;
  if (!existsSync(path)) return false;
  const lock = new Sqlite(path, { readonly: true, timeout: 0 });
  try {
    lock.prepare('select count(*) from sqlite_schema').get();
    return false;
  } catch {
    return true;
  } finally {
    lock.close();
  }
}

/** The version of the SQLite that is built into this Salon. */
export function engineVersion(): string {
  const memory = new Sqlite(':memory:');
  try {
    return String(memory.prepare('select sqlite_version()').pluck().get());
  } finally {
    memory.close();
  }
}

/** Names of tables and columns come from the schema; quoted all the same. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
