import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/platform/db/migrate.ts';
import { openSqlite, type SqliteDb } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { projectRoot } from '../support/salon.ts';
import { freeId } from '../../src/platform/db/migrations/028-search-parts.ts';

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
  expect(names).toEqual(
    expect.arrayContaining(['audit/store.ts', 'chat/store.ts', 'jobs/store.ts', 'usage/store.ts']),
  );
  expect(statements.length).toBeGreaterThan(200);
});

it.each(statements)('prepares against the migrated schema: %s', (_name, sql) => {
  expect(() => db.raw.prepare(sql)).not.toThrow();
});

/** Tables that grow with use; people, their limits and prices are few. */
const growing = [
  ...['conversations', 'messages', 'reply_pieces', 'rendered_answers', 'images', 'files', 'jobs'],
  ...['audit_entries', 'ledger_entries', 'sessions', 'token_families', 'refresh_tokens', 'throttles'],
];

/** What looks at a whole table, and why that may be. */
const wholeTables = new Map([
  ['admin/store.ts countImages', 'the overview counts all images, when an administrator looks at it'],
  ['files/store.ts total', 'the overview adds up all files, when an administrator looks at it'],
  ['files/store.ts abandon', 'the files of an account are let go once, when it ends'],
  ['chat/replies/store.ts removeJoinedPieces', 'only replies that run have pieces'],
]);

function scannedTables(sql: string): string[] {
  const places = Array<null>(sql.split('?').length - 1).fill(null);
  const steps = db.raw.prepare(`explain query plan ${sql}`).all(...places) as { detail: string }[];
  const tableOf = new Map(growing.map((table) => [table, table]));
  for (const [, table = '', alias = ''] of sql.matchAll(
    /\b(?:from|join|update|into)\s+(\w+)(?:\s+as)?\s+(\w+)/g,
  ))
    if (growing.includes(table)) tableOf.set(alias, table);
  return steps.flatMap(({ detail }) => {
    const [, name = '', index] = /^SCAN (\w+)( USING (?:COVERING )?INDEX)?/.exec(detail) ?? [];
    return index === undefined ? (tableOf.get(name) ?? []) : [];
  });
}

it.each(statements)('reads no whole table: %s', (name, sql) => {
  const scanned = scannedTables(sql);
  if (wholeTables.has(name)) expect(scanned, 'is no exception any more').not.toEqual([]);
  else expect(scanned).toEqual([]);
});

it('looks for the place of a document in the search index row by row, however many there are', () => {
  const sql = `explain query plan select ${freeId('p.near')} from (select 7 as near) p`;
  const steps = (db.raw.prepare(sql).all() as { detail: string }[]).map(({ detail }) => detail);
  expect(steps.filter((step) => step.startsWith('SEARCH d '))).toHaveLength(2);
  expect(steps.filter((step) => /^SCAN (d|search_)|B-TREE|MATERIALIZE/.test(step))).toEqual([]);
});
