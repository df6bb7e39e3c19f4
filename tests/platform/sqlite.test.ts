import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { codeOf } from '../provider/setup.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-sqlite-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => codeOf(error) ?? 'foreign',
  );

it('is safe at every opening: WAL, FULL, foreign keys, a new enough engine', async () => {
  for (let opening = 0; opening < 3; opening++) {
    const db = openSqlite(join(dir, 'pragmas.db'));
    const pragma = (name: string) => db.raw.pragma(name, { simple: true });
    expect([
      pragma('journal_mode'),
      pragma('synchronous'),
      pragma('foreign_keys'),
      pragma('secure_delete'),
    ]).toEqual(['wal', 2, 1, 1]);
    expect(Number(pragma('busy_timeout'))).toBeLessThanOrEqual(1000);
    const { version } = db.raw.prepare('select sqlite_version() as version').get() as { version: string };
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(3_051_003);
    await db.close();
  }
});

it('undoes a whole batch when one of its statements fails, or changes nothing where it must', async () => {
  const db = openSqlite(join(dir, 'batch.db'));
  db.raw.exec('create table things (id text primary key, size integer) strict');
  const insert = (id: string) => ({ sql: 'insert into things (id, size) values (?, ?)', params: [id, 1] });
  const count = async () => (await db.get<{ n: number }>('select count(*) as n from things'))?.n;
  expect(await db.batch([insert('a'), insert('b')])).toEqual([1, 1]);
  expect(await failure(db.batch([insert('c'), insert('a')]))).toBe('foreign');
  expect(await count()).toBe(2);
  const change = { sql: 'update things set size = 2 where id = ?', params: ['nobody'], mustChange: true };
  expect(await failure(db.batch([insert('d'), change, insert('e')]))).toBe('conflict');
  expect(await count()).toBe(2);
  expect(await db.run('update things set size = 3')).toBe(2);
  expect(await db.get('select * from things where id = ?', ['nobody'])).toBeUndefined();
  await db.close();
});

it('says busy while another process writes, and goes on afterwards; reading is not disturbed', async () => {
  const path = join(dir, 'busy.db');
  const db = openSqlite(path);
  db.raw.exec('create table things (id text primary key) strict');
  const other = new Sqlite(path);
  other.exec('begin immediate');
  expect(await failure(db.run("insert into things values ('a')"))).toBe('busy');
  expect(await db.all('select * from things')).toEqual([]);
  other.exec('rollback');
  expect(await failure(db.run("insert into things values ('a')"))).toBe('none');
  other.close();
  await db.close();
});

it('says that there is no room when the file may not grow, keeps what is there, and recovers', async () => {
  const db = openSqlite(join(dir, 'full.db'));
  db.raw.exec('create table things (content text) strict');
  await db.run("insert into things values ('kept')");
  const pages = db.raw.pragma('page_count', { simple: true }) as number;
  db.raw.pragma(`max_page_count = ${pages}`);
  const large = { sql: 'insert into things values (?)', params: ['x'.repeat(200_000)] };
  expect(await failure(db.batch([{ sql: "insert into things values ('first')", params: [] }, large]))).toBe(
    'storage_full',
  );
  expect(await db.all('select content from things')).toEqual([{ content: 'kept' }]);
  db.raw.pragma('max_page_count = 100000');
  expect(await failure(db.batch([large]))).toBe('none');
  await db.close();
});

it('says unavailable when the file may not be written', async () => {
  const db = openSqlite(join(dir, 'readonly.db'));
  db.raw.exec('create table things (id text primary key) strict');
  db.raw.pragma('query_only = on');
  expect(await failure(db.run("insert into things values ('a')"))).toBe('unavailable');
  db.raw.pragma('query_only = off');
  expect(await failure(db.run("insert into things values ('a')"))).toBe('none');
  await db.close();
});

it('stores the writes of one turn together; one that fails by itself takes no other with it', async () => {
  const db = openSqlite(join(dir, 'group.db'));
  db.raw.exec('create table things (id text primary key, size integer) strict');
  let commits = 0;
  const watched = db.raw.prepare('select total_changes() as n');
  const insert = (id: string) => db.run('insert into things (id, size) values (?, 1)', [id]);
  const batch = ['d', 'e'].map((id) => ({
    sql: 'insert into things (id, size) values (?, 1)',
    params: [id],
  }));
  const before = (watched.get() as { n: number }).n;
  const results = await Promise.allSettled([
    insert('a'),
    insert('b'),
    insert('a'),
    db.batch([...batch, { sql: 'update things set size = 2 where id = ?', params: ['x'], mustChange: true }]),
    insert('c').then((changed) => {
      commits += 1;
      // Everything of the turn is stored by the time that the first of it is told.
      expect((watched.get() as { n: number }).n - before).toBeGreaterThanOrEqual(3);
      expect(db.raw.inTransaction).toBe(false);
      return changed;
    }),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  expect(commits).toBe(1);
  expect(await db.all('select id from things order by id')).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
  await db.close();
});

it('acknowledges none of a turn when its transaction cannot be had, and stores what waits when it closes', async () => {
  const path = join(dir, 'turn.db');
  const db = openSqlite(path);
  db.raw.exec('create table things (id text primary key) strict');
  const other = new Sqlite(path);
  other.exec('begin immediate');
  const insert = (id: string) => db.run('insert into things (id) values (?)', [id]);
  expect(await Promise.all([failure(insert('a')), failure(insert('b'))])).toEqual(['busy', 'busy']);
  other.exec('rollback');
  other.close();
  const last = Promise.all([insert('c'), insert('d')]);
  await db.close();
  expect(await last).toEqual([1, 1]);
  const reopened = openSqlite(path);
  expect(await reopened.all('select id from things')).toEqual([{ id: 'c' }, { id: 'd' }]);
  await reopened.close();
});

it('waits for the disk with what is acknowledged, and only with that', async () => {
  const db = openSqlite(join(dir, 'deferred.db'));
  db.raw.exec('create table levels (name text primary key, level integer) strict');
  // How the transaction that writes it will be committed: 1 is NORMAL, 2 is FULL.
  const note = (name: string) => ({
    sql: 'insert into levels select ?, synchronous from pragma_synchronous',
    params: [name],
  });
  const level = () => db.raw.pragma('synchronous', { simple: true });
  const turn = [
    db.batch([note('deferred')], 'deferred'),
    db.batch([note('durable')]),
    db.batch([note('deferred too')], 'deferred'),
    db.run(note('run').sql, note('run').params),
  ];
  await Promise.all(turn);
  expect(await db.all('select name, level from levels order by name')).toEqual([
    { name: 'deferred', level: 1 },
    { name: 'deferred too', level: 1 },
    { name: 'durable', level: 2 },
    { name: 'run', level: 2 },
  ]);
  expect(level()).toBe(2);

  expect(await failure(db.batch([note('new'), note('run')], 'deferred'))).toBe('foreign');
  expect(level()).toBe(2);
  const other = new Sqlite(join(dir, 'deferred.db'));
  other.exec('begin immediate');
  expect(await failure(db.batch([note('new')], 'deferred'))).toBe('busy');
  other.exec('rollback');
  other.close();
  expect(level()).toBe(2);
  const last = db.batch([note('last')], 'deferred');
  await db.close();
  expect(await last).toEqual([1]);
  const reopened = openSqlite(join(dir, 'deferred.db'));
  expect(await reopened.get("select count(*) as n from levels where name in ('new', 'last')")).toEqual({
    n: 1,
  });
  await reopened.close();
});
