import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkDatabase } from '../../src/backup/doctor/database.ts';
import { makeBackup } from '../../src/backup/make.ts';
import { restoreBackup } from '../../src/backup/restore.ts';
import { openFeatures } from '../../src/features.ts';
import { readConfig } from '../../src/platform/config.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openServices } from '../../src/services.ts';
import { query } from '../support/database.ts';
import { projectRoot } from '../support/salon.ts';

/** The last schema in which the text of a running reply was in its row alone. */
const WITHOUT_PIECES = 5;
const owner = { id: 'ana' };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-left-behind-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A database as a killed process leaves it: one reply is over, one runs, one was continued, one had not begun. */
async function leaveBehind(version = migrations.length) {
  const db = openSqlite(join(dir, 'data', 'salon.db'));
  await migrate(db, silentLog, migrations.slice(0, version));
  db.raw.exec(`
    insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
      values ('ana', 'Ana', 'ana', 'x', 'admin', 0, 0);
    insert into conversations (id, owner_id, title, created_at, updated_at) values ('c', 'ana', 'Left', 0, 0);
    insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
      values ('question', 'c', 'ana', 1, 'user', 'question', 0);
    insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, status, created_at, heartbeat_at)
      values ('over', 'c', 'ana', 'question', 2, 'assistant', 'all of it', 'complete', 0, 0),
        ('running', 'c', 'ana', 'question', 3, 'assistant', '', 'running', 0, 0),
        ('continued', 'c', 'ana', 'question', 4, 'assistant', 'before, ', 'running', 0, 0),
        ('queued', 'c', 'ana', 'question', 5, 'assistant', '', 'queued', 0, 0);
  `);
  if (version > WITHOUT_PIECES)
    db.raw.exec(`insert into reply_pieces (reply_id, position, text) values
      ('running', 9, 'three'), ('running', 0, 'one, '), ('running', 5, 'two, '), ('continued', 8, 'after')`);
  await db.close();
}

/** Starts on these folders, and tells status and text of each reply. */
async function startAndRead(place: { dataDir: string; imagesDir: string }) {
  const settings = { NODE_ENV: 'test', DATA_DIR: place.dataDir, IMAGES_DIR: place.imagesDir };
  const config = readConfig(projectRoot, {
    ...settings,
    LOG_DIR: join(dir, 'logs'),
    OPENAI_BASE_URL: 'demo',
  });
  const services = await openServices(config, silentLog);
  const features = await openFeatures(services);
  try {
    const ids = ['over', 'running', 'continued', 'queued'];
    const replies = await Promise.all(ids.map((id) => features.chat.findReply(owner, id)));
    return replies.map(({ status, content }) => `${status}: ${content}`);
  } finally {
    await features.close();
    await services.close();
  }
}

const place = () => ({ dataDir: join(dir, 'data'), imagesDir: join(dir, 'images') });
const joined = [
  'complete: all of it',
  'interrupted: one, two, three',
  'interrupted: before, after',
  'interrupted: ',
];

it('joins the pieces that a killed process left, in their order, and keeps none of them', async () => {
  await leaveBehind();
  expect(checkDatabase(place().dataDir).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok', 'warn']);
  expect(await startAndRead(place())).toEqual(joined);
  expect(query(dir, 'select * from reply_pieces')).toEqual([]);
  expect(query(dir, "select content from messages where id = 'running'")).toEqual([
    { content: 'one, two, three' },
  ]);
  expect(await startAndRead(place())).toEqual(joined);
});

it('keeps the text of replies that an older Salon was writing when it was killed before the upgrade', async () => {
  await leaveBehind(WITHOUT_PIECES);
  query(dir, "update messages set content = 'one, two, three' where id = 'running'");
  query(dir, "update messages set content = 'before, after' where id = 'continued'");
  expect(await startAndRead(place())).toEqual(joined);
});

it('brings back the text so far with a backup that was made in the middle of a reply', async () => {
  await leaveBehind();
  const { name } = await makeBackup({ ...place(), salon: '1.2.3', kind: 'manual', now: Date.now });
  const to = { dataDir: join(dir, 'new', 'data'), imagesDir: join(dir, 'new', 'images') };
  await restoreBackup(join(dir, 'data', 'backups', name), to, false);
  expect(await startAndRead(to)).toEqual(joined);
});
