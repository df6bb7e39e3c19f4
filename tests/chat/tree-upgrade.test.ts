import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';

const WITHOUT_ROOT = 15;

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'salon-tree-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const seed = `
  insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
    values ('u', 'Ana', 'ana', 'x', 'admin', 0, 0);
  insert into conversations (id, owner_id, title, leaf_id, created_at, updated_at)
    values ('c', 'u', 'Boats', 'm2', 5, 6), ('empty', 'u', '', null, 7, 7);
  insert into messages (id, conversation_id, owner_id, parent_id, seq, role, kind, content, status, created_at)
    values ('m1', 'c', 'u', null, 1, 'user', 'image', 'a boat', null, 5),
      ('m2', 'c', 'u', 'm1', 2, 'assistant', 'image', '', 'complete', 6);
  insert into reply_pieces (reply_id, position, text) values ('m2', 0, 'piece');`;

it('hangs the messages of every conversation from a root, and loses nothing on the way', async () => {
  const db = openSqlite(join(dir, 'salon.db'));
  await migrate(db, silentLog, migrations.slice(0, WITHOUT_ROOT));
  db.raw.exec(seed);
  await migrate(db, silentLog);
  const all = (sql: string) => db.raw.prepare(sql).all();
  expect(all('select id, parent_id, seq, role, kind, content from messages order by id')).toEqual([
    { id: 'c', parent_id: null, seq: 0, role: 'hidden', kind: 'text', content: '' },
    { id: 'empty', parent_id: null, seq: 0, role: 'hidden', kind: 'text', content: '' },
    { id: 'm1', parent_id: 'c', seq: 1, role: 'user', kind: 'image', content: 'a boat' },
    { id: 'm2', parent_id: 'm1', seq: 2, role: 'assistant', kind: 'image', content: '' },
  ]);
  expect(all('select id, leaf_id, kind from conversations order by id')).toEqual([
    { id: 'c', leaf_id: 'm2', kind: 'normal' },
    { id: 'empty', leaf_id: 'empty', kind: 'normal' },
  ]);
  expect(all('select text from reply_pieces')).toEqual([{ text: 'piece' }]);
  expect(() =>
    db.raw.exec(`insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
      values ('second', 'c', 'u', 9, 'hidden', '', 0)`),
  ).toThrow('UNIQUE');
  await db.close();
});
