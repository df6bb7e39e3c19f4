import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { startServer } from '../../src/server.ts';
import { query } from '../support/database.ts';
import { projectRoot } from '../support/salon.ts';

const SCHEMA = 5;
const DAY_MS = 24 * 60 * 60_000;
const insertImage = `insert into images (id, owner_id, job_id, message_id, status, filename, path, prompt, first_prompt, size,
    format, bytes, sha256, created_at, deleted_at)
  values (?, 'u1', ?, ?, ?, ?, ?, 'p', 'p', ?, 'png', ?, ?, 1, ?)`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'salon-upgrade-'));
  const db = openSqlite(join(dir, 'data', 'salon.db'));
  await migrate(db, silentLog, migrations.slice(0, SCHEMA));
  db.raw.exec(`
    insert into users (id, username, username_key, password_hash, role, created_at, updated_at)
      values ('u1', 'Ana', 'ana', 'x', 'admin', 1, 1), ('u2', 'Ben', 'ben', 'x', 'user', 1, 1);
    insert into conversations (id, owner_id, title, leaf_id, created_at, updated_at) values ('c1', 'u1', 'Boats', 'm2', 1, 1);
    insert into messages (id, conversation_id, owner_id, parent_id, seq, role, kind, content, status, created_at)
      values ('m1', 'c1', 'u1', null, 1, 'user', 'picture', 'a boat', null, 1),
        ('m2', 'c1', 'u1', 'm1', 2, 'assistant', 'picture', '', 'complete', 1);
    insert into jobs (id, owner_id, kind, status, input, sent_at, created_at)
      values ('j1', 'u1', 'image', 'running', '{"prompt":"p","count":2}', 1, 1);
    insert into removed_files values ('picture', 'gone/deleted.png', 1), ('rendition', 'deleted', 1)`);
  const image = db.raw.prepare(insertImage);
  image.run('ready', null, 'm2', 'ready', 'ready.png', '2026/11/ready.png', '64x64', 5, 'aa', null);
  image.run('trashed', null, null, 'ready', 'trashed.png', '2026/11/trashed.png', '64x64', 7, 'bb', 99);
  image.run('painted', 'j1', null, 'pending', 'painted.png', '2026/11/painted.png', '64x64', 4, 'cc', null);
  image.run('waiting', 'j1', null, 'pending', null, null, '1024x1536', null, null, null);
  image.run('auto', null, null, 'pending', null, null, 'auto', null, null, null);
  image.run('failed', null, null, 'failed', null, null, '64x64', null, null, null);
  await db.close();
  for (const [path, content] of Object.entries({
    'images/2026/11/ready.png': 'ready',
    'images/2026/11/trashed.png': 'trashed',
    'images/2026/11/painted.png': 'done',
    'images/gone/deleted.png': 'left',
    'data/renditions/deleted-64x0.webp': 'left',
    'data/renditions/ready-64x0.webp': 'small',
  })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const files = () =>
  query(dir, 'select id, owner_id, place, bytes, sha256, state from files order by place, id');
const named = (folder: string) =>
  readdir(join(dir, folder), { recursive: true, withFileTypes: true }).then((entries) =>
    entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort(),
  );

it('moves every image of the older schema into the table of files, and what is to be removed too', async () => {
  const db = openSqlite(join(dir, 'data', 'salon.db'));
  await migrate(db, silentLog);
  expect(db.raw.pragma('integrity_check', { simple: true })).toBe('ok');
  await db.close();
  const mine = { owner_id: 'u1' };
  const rows = files();
  expect(rows).toHaveLength(7);
  expect(rows).toEqual(
    expect.arrayContaining([
      { ...mine, id: 'auto', place: null, bytes: 6_358_466, sha256: null, state: 'reserved' },
      { ...mine, id: 'waiting', place: null, bytes: 6_358_466, sha256: null, state: 'reserved' },
      { ...mine, id: 'painted', place: '2026/11/painted.png', bytes: 4, sha256: 'cc', state: 'reserved' },
      { ...mine, id: 'ready', place: '2026/11/ready.png', bytes: 5, sha256: 'aa', state: 'ready' },
      { ...mine, id: 'trashed', place: '2026/11/trashed.png', bytes: 7, sha256: 'bb', state: 'trashed' },
      { id: 'deleted', owner_id: null, place: null, bytes: 0, sha256: null, state: 'removing' },
      expect.objectContaining({ owner_id: null, place: 'gone/deleted.png', bytes: 0, state: 'removing' }),
    ]),
  );
  expect(query(dir, 'select id, message_id, file_id, deleted_at from images order by id')).toEqual([
    { id: 'auto', message_id: null, file_id: 'auto', deleted_at: null },
    { id: 'failed', message_id: null, file_id: null, deleted_at: null },
    { id: 'painted', message_id: null, file_id: 'painted', deleted_at: null },
    { id: 'ready', message_id: 'm2', file_id: 'ready', deleted_at: null },
    { id: 'trashed', message_id: null, file_id: 'trashed', deleted_at: expect.any(Number) as number },
    { id: 'waiting', message_id: null, file_id: 'waiting', deleted_at: null },
  ]);
  // Deleted long ago: a week is left to see the trash for the first time.
  const [image] = query<{ deleted_at: number }>(dir, "select deleted_at from images where id = 'trashed'");
  expect(Math.abs((image?.deleted_at ?? 0) - (Date.now() - 23 * DAY_MS))).toBeLessThan(DAY_MS);
  expect(query(dir, 'select id, leaf_id from conversations')).toEqual([{ id: 'c1', leaf_id: 'm2' }]);
});

it('takes up what was painted, gives back what was reserved, and removes what was deleted before the upgrade', async () => {
  const config = readConfig(projectRoot, {
    NODE_ENV: 'test',
    PORT: '0',
    DATA_DIR: join(dir, 'data'),
    IMAGES_DIR: join(dir, 'images'),
    LOG_DIR: join(dir, 'logs'),
    OPENAI_BASE_URL: 'demo',
  });
  const server = await startServer(config, { built: false, quiet: true });
  await server.close();
  expect(files().map(({ id, state }) => [id, state])).toEqual([
    ['painted', 'ready'],
    ['ready', 'ready'],
    ['trashed', 'trashed'],
  ]);
  expect(query(dir, 'select id, status from images order by id')).toEqual([
    { id: 'auto', status: 'failed' },
    { id: 'failed', status: 'failed' },
    { id: 'painted', status: 'ready' },
    { id: 'ready', status: 'ready' },
    { id: 'trashed', status: 'ready' },
    { id: 'waiting', status: 'failed' },
  ]);
  expect(await named('images')).toEqual(['painted.png', 'ready.png', 'trashed.png']);
  expect(await named('data/renditions')).toEqual(['ready-64x0.webp']);
});
