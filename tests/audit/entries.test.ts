import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAudit, type Audit, type NewEntry } from '../../src/audit/audit.ts';
import { createIds } from '../../src/lib/ids.ts';
import { silentLog, type Fields } from '../../src/platform/log.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { openSqlite, type SqliteDb } from '../../src/platform/db/sqlite.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ana = { id: 'a'.repeat(26), username: 'Ana' };
let dir: string;
let db: SqliteDb;
let clock: number;
let audit: Audit;
let logged: [string, Fields | undefined][];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'salon-audit-'));
  db = openSqlite(join(dir, 'salon.db'));
  await migrate(db, silentLog);
  db.raw.exec(`insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
    values ('${ana.id}', 'Ana', 'ana', 'h', 'user', 1, 1)`);
  clock = Date.parse('2026-11-20T12:00:00Z');
  logged = [];
  const log = { ...silentLog, error: (event: string, fields?: Fields) => void logged.push([event, fields]) };
  audit = createAudit({ db, newId: createIds(() => clock), now: () => clock, log });
});
afterEach(async () => {
  await audit.close();
  await db.close();
  rmSync(dir, { recursive: true, force: true });
});

const denied = (more: Partial<NewEntry> = {}): NewEntry => ({
  actor: ana,
  authMethod: 'session',
  ip: '192.0.2.7',
  action: 'access.forbidden',
  outcome: 'denied',
  object: { kind: 'route', id: 'GET /admin' },
  ...more,
});
const all = async () => (await audit.list({}, { limit: 100 })).entries;

it('the same denial again within ten minutes is one line that counts', async () => {
  for (let i = 0; i < 40; i++) await audit.record(denied());
  clock += 9 * MINUTE_MS;
  await audit.record(denied());
  await audit.close();
  const [entry, ...others] = await all();
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    count: 41,
    outcome: 'denied',
    actor: ana,
    object: { id: 'GET /admin', name: null },
  });
  expect((entry?.lastAt ?? 0) - (entry?.at ?? 0)).toBe(9 * MINUTE_MS);
});

it('what nobody signed in did is not written before its answer, and is there for whoever looks', async () => {
  for (const id of ['a name that exists', 'another one'])
    await audit.record(denied({ actor: null, object: { kind: 'person', id } }));
  expect(db.raw.prepare('select count(*) as lines from audit_entries').get()).toEqual({ lines: 0 });
  expect(await all()).toHaveLength(2);
});

it('begins a new line after ten minutes, and another for another thing, person or address', async () => {
  await audit.record(denied());
  await audit.record(denied({ object: { kind: 'route', id: 'GET /admin/keys' } }));
  await audit.record(denied({ actor: { ...ana, id: 'b'.repeat(26) } }));
  await audit.record(denied({ actor: null, ip: '192.0.2.8' }));
  clock += 11 * MINUTE_MS;
  await audit.record(denied());
  await audit.close();
  expect((await all()).map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
});

it('counts on the same line after a restart', async () => {
  await audit.record(denied());
  const after = createAudit({ db, newId: createIds(() => clock), now: () => clock, log: silentLog });
  await after.record(denied());
  await after.close();
  expect((await all()).map(({ count }) => count)).toEqual([2]);
});

it('a line written after its person was deleted does not bring the name back', async () => {
  const person = { kind: 'person', id: ana.id, name: 'Ana' };
  await audit.record(denied({ actor: null, object: person }));
  db.raw.exec('delete from users');
  await audit.record(denied({ outcome: 'done', object: { kind: 'key', id: 'k', name: 'Ana’s phone' } }));
  const names = (await all()).map(({ actor, object }) => [actor?.username ?? null, object?.name]);
  expect(names.sort()).toEqual([
    [null, 'deleted person'],
    ['deleted person', null],
  ]);
});

it('never summarises what was done', async () => {
  for (let i = 0; i < 3; i++) await audit.record(denied({ outcome: 'done', action: 'key.create' }));
  expect(await all()).toHaveLength(3);
});

it('stays bounded under a flood of different things from one address', async () => {
  for (let i = 0; i < 500; i++)
    await audit.record(denied({ actor: null, object: { kind: 'route', id: `GET /${i}` } }));
  await audit.close();
  const entries = await all();
  expect(entries.length).toBeLessThanOrEqual(51);
  expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(500);
});

it('stays bounded under a flood from many addresses', async () => {
  for (let i = 0; i < 2500; i++)
    await audit.record(denied({ actor: null, ip: `2001:db8:${i.toString(16)}::1` }));
  await audit.close();
  const [{ lines, times } = { lines: 0, times: 0 }] = await db.all<{ lines: number; times: number }>(
    'select count(*) as lines, sum(count) as times from audit_entries',
  );
  expect(lines).toBeLessThanOrEqual(2001);
  expect(times).toBe(2500);
});

it('cuts what is long and shows what cannot be seen, so that no line can be forged', async () => {
  const username = `Eve\r\n2026-11-20 admin.delete\u202e\u0000${'x'.repeat(5000)}`;
  await audit.record(
    denied({
      actor: { ...ana, username },
      details: { note: `a\n${'y'.repeat(5000)}` },
      ip: 'z'.repeat(999),
    }),
  );
  const [entry] = await all();
  const text = JSON.stringify(entry);
  expect(text.length).toBeLessThan(2000);
  expect(text).not.toMatch(/[\r\n\u0000\u202e]|\\[rn]/);
  expect(entry?.actor?.username).toContain('Eve\\u{d}\\u{a}2026');
});

it('never throws: what cannot be stored stands in the program\u2019s log', async () => {
  db.raw.exec('drop table audit_entries');
  await audit.record(denied({ outcome: 'done' }));
  await audit.record(denied());
  expect(logged.map(([event, fields]) => [event, fields?.['action']])).toEqual([
    ['audit entry could not be stored', 'access.forbidden'],
    ['audit entry could not be stored', 'access.forbidden'],
  ]);
});

it('keeps lines for 400 days', async () => {
  await audit.record(denied());
  clock += 399 * DAY_MS;
  await audit.record(denied({ outcome: 'done' }));
  await audit.purge();
  expect(await all()).toHaveLength(2);
  clock += 2 * DAY_MS;
  await audit.purge();
  expect((await all()).map(({ outcome }) => outcome)).toEqual(['done']);
});

it('pages by key without gap or repeat, also among lines of the same instant', async () => {
  for (let i = 0; i < 25; i++) await audit.record(denied({ outcome: 'done', action: `thing.${i}` }));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await audit.list({}, { limit: 10, cursor });
    seen.push(...page.entries.map(({ action }) => action));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `thing.${24 - i}`));
  await expect(audit.list({}, { limit: 10, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid' });
});

it('finds by person as actor or object, by action, by outcome and by time', async () => {
  const bob = { id: 'b'.repeat(26), username: 'Bob' };
  await audit.record(
    denied({
      actor: bob,
      action: 'person.suspend',
      outcome: 'done',
      object: { kind: 'person', id: ana.id, name: 'Ana' },
    }),
  );
  clock += DAY_MS;
  await audit.record(denied());
  await audit.record(denied({ actor: bob, action: 'session.create', outcome: 'done', object: undefined }));
  const actions = async (filter: Parameters<Audit['list']>[0]) =>
    (await audit.list(filter, { limit: 9 })).entries.map(({ action }) => action);
  expect(await actions({ personId: ana.id })).toEqual(['access.forbidden', 'person.suspend']);
  expect(await actions({ personId: ana.id, action: 'person.suspend' })).toEqual(['person.suspend']);
  expect(await actions({ outcome: 'denied' })).toEqual(['access.forbidden']);
  expect(await actions({ action: 'session.create' })).toEqual(['session.create']);
  expect(await actions({ until: clock })).toEqual(['person.suspend']);
  expect(await actions({ from: clock })).toEqual(['session.create', 'access.forbidden']);
  expect(await audit.actions()).toEqual(['access.forbidden', 'person.suspend', 'session.create']);
});
