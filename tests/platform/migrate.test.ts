import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations, type Migration } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite, type SqliteDb } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';

let dir: string;
let db: SqliteDb;
/** The list that the server reads; each test puts it back as it was. */
const list = migrations as Migration[];
const original = [...list];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-migrate-'));
  db = openSqlite(join(dir, 'salon.db'));
});
afterEach(async () => {
  list.splice(0, list.length, ...original);
  await db.close();
  await rm(dir, { recursive: true, force: true });
});

const version = () => db.raw.pragma('user_version', { simple: true });
const tables = () =>
  db.raw.prepare("select name from sqlite_schema where type = 'table' order by name").pluck().all();

it('brings an empty file to the newest schema, without a copy of nothing', async () => {
  await migrate(db, silentLog);
  expect(version()).toBe(original.length);
  expect(tables()).toEqual(expect.arrayContaining(['users', 'sessions', 'messages', 'jobs', 'images']));
  expect(existsSync(join(dir, 'backups'))).toBe(false);
});

it('does nothing when there is nothing to do', async () => {
  await migrate(db, silentLog);
  // Seen from another connection: what a connection writes itself does not change its own data_version.
  const watcher = new Sqlite(join(dir, 'salon.db'), { readonly: true });
  const dataVersion = () => watcher.pragma('data_version', { simple: true });
  const before = dataVersion();
  await migrate(db, silentLog);
  expect(dataVersion()).toBe(before);
  expect(existsSync(join(dir, 'backups'))).toBe(false);
  watcher.close();
});

it('copies a database that holds data before it changes it', async () => {
  await migrate(db, silentLog);
  await db.run("insert into app_secrets values ('kept', 'value')");
  list.push({ name: 'next', sql: 'alter table app_secrets add column more text; delete from app_secrets;' });
  await migrate(db, silentLog);
  expect(version()).toBe(original.length + 1);
  const [name = ''] = readdirSync(join(dir, 'backups'));
  expect(name).toBe(`before-${original.length + 1}.db`);
  expect(statSync(join(dir, 'backups', name)).mode & 0o777).toBe(0o600);
  const copy = new Sqlite(join(dir, 'backups', name), { readonly: true });
  expect(copy.prepare('select value from app_secrets').pluck().all()).toContain('value');
  expect(copy.pragma('user_version', { simple: true })).toBe(original.length);
  copy.close();
});

it('undoes a migration that fails half-way, and can run it again when it is right', async () => {
  await migrate(db, silentLog);
  const before = tables();
  list.push({ name: 'broken', sql: 'create table half (id text) strict; insert into nowhere values (1);' });
  await expect(migrate(db, silentLog)).rejects.toThrow(/nowhere/);
  expect([version(), tables()]).toEqual([original.length, before]);
  list.splice(-1, 1, { name: 'mended', sql: 'create table half (id text) strict;' });
  await migrate(db, silentLog);
  expect([version(), tables().includes('half')]).toEqual([original.length + 1, true]);
});

it('refuses the file of a newer Salon and changes nothing', async () => {
  db.raw.pragma('user_version = 9999');
  await expect(migrate(db, silentLog)).rejects.toThrow(/at version 9999.*start the newer Salon/);
  expect([version(), tables()]).toEqual([9999, []]);
});
