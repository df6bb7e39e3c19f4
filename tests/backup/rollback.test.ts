import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planRollback, rollBack } from '../../src/backup/rollback.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations, type Migration } from '../../src/platform/db/migrations/migrations.ts';
import { lockFolder, openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { dump, makePlace, type Place } from './place.ts';

const now = Date.UTC(2026, 10, 21, 9, 30, 5);
const current = migrations.length;
const next: Migration[] = [
  ...migrations,
  {
    name: 'more',
    sql: 'alter table users add column more text; create table later (id text primary key) strict;',
  },
];
let place: Place;
beforeEach(async () => {
  place = await makePlace();
  await place.fill(1);
});
afterEach(() => place.remove());

const database = () => place.at('data/salon.db');
const dataFiles = async () =>
  (await readdir(place.dataDir)).filter((name) => name.startsWith('salon')).sort();
const user = (
  id: string,
) => `insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
  values ('${id}', '${id}', '${id}', 'h', 'user', 2, 2)`;

/** Upgrades to the next schema, and lives on with it. */
async function upgradeAndGoOn(): Promise<void> {
  const db = openSqlite(database());
  await migrate(db, silentLog, next);
  db.raw.exec(`${user('u2')}; ${user('u3')}; insert into later values ('l1');`);
  await db.close();
}

it('goes back to the copy from before the upgrade, and keeps the present database beside it', async () => {
  const before = dump(database());
  await upgradeAndGoOn();
  const after = dump(database());
  const done = await rollBack(place.dataDir, now);
  expect(done).toMatchObject({
    snapshot: `before-${current + 1}.db`,
    from: current + 1,
    to: current,
    lost: { users: 2, later: 1 },
    kept: 'salon-20261121-093005.db',
  });
  expect(dump(database())).toEqual(before);
  expect(dump(place.at('data', done.kept))).toEqual(after);
  expect(await dataFiles()).toEqual(['salon-20261121-093005.db', 'salon.db', 'salon.lock']);
  const db = openSqlite(database());
  await migrate(db, silentLog);
  expect(db.raw.pragma('user_version', { simple: true })).toBe(current);
  await db.close();
});

it('only tells what it would do until it is told to', async () => {
  await upgradeAndGoOn();
  const files = await dataFiles();
  const bytes = await readFile(database());
  expect(planRollback(place.dataDir)).toMatchObject({ lost: { users: 2, later: 1 } });
  expect((await dataFiles()).filter((name) => name !== 'salon.lock')).toEqual(files);
  expect((await readFile(database())).equals(bytes)).toBe(true);
});

it('called again after it was done or killed at its end, says that there is nothing left to do', async () => {
  await upgradeAndGoOn();
  await rollBack(place.dataDir, now);
  expect(() => planRollback(place.dataDir)).toThrow(
    `the database is at version ${current} already, that of before the upgrade to ${current + 1}: start the older Salon`,
  );
});

it('says so where there is no database, and makes nothing there', async () => {
  await expect(rollBack(place.at('nowhere'), now)).rejects.toThrow(/^there is no database in /);
  expect(existsSync(place.at('nowhere'))).toBe(false);
});

it('refuses while a Salon runs', async () => {
  await upgradeAndGoOn();
  const lock = lockFolder(place.dataDir);
  await expect(rollBack(place.dataDir, now)).rejects.toThrow(/another Salon is running/);
  lock.release();
});

it('takes no copy of another version, and none that is damaged', async () => {
  expect(() => planRollback(place.dataDir)).toThrow(/nothing to go back to: .*before-\d+\.db is not there/);
  await upgradeAndGoOn();
  const snapshot = place.at(`data/backups/before-${current + 1}.db`);
  const bytes = await readFile(snapshot);
  bytes.fill(0xff, 3 * 4096, 6 * 4096);
  await writeFile(snapshot, bytes);
  const present = dump(database());
  await expect(rollBack(place.dataDir, now)).rejects.toThrow(/damaged and cannot be used/);
  expect(dump(database())).toEqual(present);
});

it('goes back from a database that cannot be read any more, and keeps its log too', async () => {
  const before = dump(database());
  await upgradeAndGoOn();
  await writeFile(database(), Buffer.alloc(20_000, 7));
  await writeFile(`${database()}-wal`, 'a log that nobody can read');
  const done = await rollBack(place.dataDir, now);
  expect([done.from, done.lost]).toEqual([undefined, undefined]);
  expect(dump(database())).toEqual(before);
  expect(existsSync(`${database()}-wal`)).toBe(false);
  expect(await readFile(place.at(`data/${done.kept}`))).toEqual(Buffer.alloc(20_000, 7));
});

it('an upgrade that fails at its last step leaves the old version, which goes on', async () => {
  const before = dump(database());
  const broken = [
    ...next,
    { name: 'broken', sql: 'create table half (id text); insert into nowhere values (1);' },
  ];
  const db = openSqlite(database());
  await expect(migrate(db, silentLog, broken)).rejects.toThrow(
    /^the upgrade of the database to version \d+ failed at "broken" \(no such table: nowhere\) and changed nothing: [^\n]+$/,
  );
  expect(db.raw.pragma('user_version', { simple: true })).toBe(current);
  await migrate(db, silentLog);
  await db.run(user('u4'));
  await db.close();
  await rm(place.at('data/backups'), { recursive: true });
  expect({ ...dump(database()), users: [] }).toEqual({ ...before, users: [] });
  expect(place.query('select id from users')).toHaveLength(2);
});

it('refuses an upgrade that would leave rows without the rows they name', async () => {
  const db = openSqlite(database());
  const broken = [
    ...migrations,
    {
      name: 'careless',
      sql: "pragma defer_foreign_keys = on; delete from users where id = 'u1'; insert into api_keys select 'k','nobody','n','h','h','s',1,null,null;",
    },
  ];
  await expect(migrate(db, silentLog, broken)).rejects.toThrow(/changed nothing/);
  expect(db.raw.pragma('user_version', { simple: true })).toBe(current);
  await db.close();
  expect(place.query('select id from users')).toHaveLength(1);
});

it('replaces the copy of an upgrade that did not happen, since people may have gone on since', async () => {
  const broken = [...migrations, { name: 'broken', sql: 'insert into nowhere values (1)' }];
  let db = openSqlite(database());
  await expect(migrate(db, silentLog, broken)).rejects.toThrow(/nowhere/);
  await db.run(user('later'));
  await db.close();
  db = openSqlite(database());
  await migrate(db, silentLog, next);
  await db.close();
  const copy = new Sqlite(place.at(`data/backups/before-${current + 1}.db`), { readonly: true });
  expect(copy.prepare('select count(*) from users').pluck().get()).toBe(2);
  copy.close();
});
