import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../log.ts';
import type { SqliteDb } from './sqlite.ts';
import { migrations } from './migrations/migrations.ts';

/**
 * Brings the database to the newest schema: each migration in a transaction of its own, with `user_version` as the
 * counter. A database that already holds data is copied to `backups/before-<version>.db` first.
 * @throws Error when the file was written by a newer Salon
 */
export async function migrate(db: SqliteDb, log: Log): Promise<void> {
  const current = db.raw.pragma('user_version', { simple: true }) as number;
  const newest = migrations.length;
  if (current > newest)
    throw new Error(
      `the database is at version ${current}, this Salon knows ${newest}: start the newer Salon`,
    );
  if (current === newest) return;
  if (current > 0) await snapshot(db, newest);
  for (const [index, migration] of migrations.entries()) {
    if (index < current) continue;
    db.raw.transaction(() => {
      db.raw.exec(migration.sql);
      db.raw.pragma(`user_version = ${index + 1}`);
    })();
    log.info('database migrated', { version: index + 1, name: migration.name });
  }
}

async function snapshot(db: SqliteDb, version: number): Promise<void> {
  const folder = join(dirname(db.path), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `before-${version}.db`);
  if (existsSync(target)) return;
  const unfinished = `${target}.part`;
  rmSync(unfinished, { force: true });
  await db.raw.backup(unfinished);
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, target);
}
