import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { addSearchFunctions } from '../../src/platform/db/search-functions.ts';

/** A second connection to a Salon's database, to look at rows or to bring it into a state that takes days to reach. */
export function openDatabase(dir: string): Sqlite.Database {
  const db = new Sqlite(join(dir, 'data', 'salon.db'), { timeout: 5000 });
  db.pragma('foreign_keys = ON');
  addSearchFunctions(db);
  return db;
}

/** Runs one statement on a Salon's database and lets go of it again. */
export function query<Row = Record<string, unknown>>(dir: string, sql: string, ...params: unknown[]): Row[] {
  const db = openDatabase(dir);
  try {
    const statement = db.prepare(sql);
    if (statement.reader) return statement.all(...params) as Row[];
    statement.run(...params);
    return [];
  } finally {
    db.close();
  }
}

/** The id of an account by its name; empty when there is none. */
export const idOfPerson = (dir: string, username: string): string =>
  query<{ id: string }>(dir, 'select id from users where username = ?', username)[0]?.id ?? '';
