import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRenderedAnswers } from '../../src/chat/rendered/rendered.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { createMarkdownRenderer } from '../../src/platform/markdown/renderer.ts';
import { eventually } from '../support/chat.ts';

const dir = mkdtempSync(join(tmpdir(), 'salon-rendered-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ANSWERS = 700;
const seed = `
  insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
    values ('u', 'Ana', 'ana', '', 'admin', 0, 0);
  insert into conversations (id, owner_id, title, created_at, updated_at) values ('c', 'u', 'Old', 0, 0);
  insert into messages (id, conversation_id, owner_id, seq, role, content, status, created_at)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${ANSWERS})
    select printf('m%04d', i), 'c', 'u', i, 'assistant', '**answer** ' || i, 'complete', 0 from n;
  insert into messages (id, conversation_id, owner_id, seq, role, content, status, created_at)
    values ('live', 'c', 'u', 2000, 'assistant', 'half', 'running', 0), ('ask', 'c', 'u', 2001, 'user', 'why', null, 0);`;

it('renders the answers of a database of schema 5 in the background, and those alone', async () => {
  const db = openSqlite(join(dir, 'salon.db'));
  await migrate(db, silentLog, migrations.slice(0, 5));
  db.raw.exec(seed);
  await migrate(db, silentLog);
  const renderer = createMarkdownRenderer({ log: silentLog });
  const rendered = createRenderedAnswers({ db, renderer, log: silentLog, now: Date.now });
  rendered.fill();
  const count = db.raw.prepare('select count(*) from rendered_answers').pluck();
  await eventually(() => (count.get() === ANSWERS ? true : undefined), 60_000);
  const row = db.raw.prepare(`select html from rendered_answers where message_id = 'm0001'`).pluck();
  expect(row.get()).toBe('<p><strong>answer</strong> 1</p>\n');
  expect(db.raw.pragma('foreign_key_check')).toEqual([]);
  rendered.close();
  renderer.close();
  await db.close();
}, 90_000);
