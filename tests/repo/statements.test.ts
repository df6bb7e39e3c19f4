import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/platform/db/migrate.ts';
import { openSqlite, type SqliteDb } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { projectRoot } from '../support/salon.ts';

type Store = { statements: Record<string, string> };
const src = join(projectRoot, 'src');
const names = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /(^|\/)store\.ts$/.test(name),
);
const stores = await Promise.all(
  names.map(async (name) => [name, (await import(join(src, name))) as Store] as const),
);
const statements = stores.flatMap(([name, store]) =>
  Object.entries(store.statements).map(([key, sql]) => [`${name} ${key}`, sql] as const),
);

const dir = mkdtempSync(join(tmpdir(), 'salon-statements-'));
let db: SqliteDb;
beforeAll(async () => {
  db = openSqlite(join(dir, 'salon.db'));
  await migrate(db, silentLog);
});
afterAll(async () => {
  await db.close();
  rmSync(dir, { recursive: true, force: true });
});

it('finds the statements of every store', () => {
  expect(stores.length).toBeGreaterThanOrEqual(6);
  expect(statements.length).toBeGreaterThan(50);
});

it.each(statements)('prepares against the migrated schema: %s', (_name, sql) => {
  expect(() => db.raw.prepare(sql)).not.toThrow();
});

it.each(statements.filter(([name]) => /list|branch|findBy|countAhead|interruptSilent|claim/.test(name)))(
  'reads no whole table: %s',
  (_name, sql) => {
    const places = Array<null>(sql.split('?').length - 1).fill(null);
    const steps = db.raw.prepare(`explain query plan ${sql}`).all(...places) as { detail: string }[];
    const scans = steps
      .map(({ detail }) => detail)
      .filter(
        (detail) =>
          /^SCAN (conversations|messages|images|users|m|i|c)\b/.test(detail) &&
          !/USING (COVERING )?INDEX/.test(detail),
      );
    expect(scans).toEqual([]);
  },
);
