import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { examine } from '../../src/backup/doctor/doctor.ts';
import type { Level } from '../../src/backup/doctor/finding.ts';
import { readConfig } from '../../src/platform/config.ts';
import { lockFolder } from '../../src/platform/db/sqlite.ts';
import { projectRoot } from '../support/salon.ts';
import { startModelServer } from '../support/model-server.ts';
import { listFiles, makePlace, type Place } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await makePlace();
  await place.fill();
  await mkdir(place.at('logs'));
  for (const folder of ['data', 'images']) await chmod(place.at(folder), 0o700);
});
afterEach(() => place.remove());

const doctor = (env: Record<string, string> = {}) =>
  examine(
    () =>
      readConfig(projectRoot, {
        NODE_ENV: 'test',
        DATA_DIR: place.dataDir,
        IMAGES_DIR: place.imagesDir,
        LOG_DIR: place.at('logs'),
        OPENAI_BASE_URL: 'demo',
        ...env,
      }),
    Date.now(),
  );
const linesOf = async (level: Level, env: Record<string, string> = {}) =>
  (await doctor(env))
    .filter((finding) => finding.level === level)
    .map(({ subject, text }) => `${subject}: ${text}`);
const age = async (path: string) => {
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(path, longAgo, longAgo);
};

it('finds nothing to fail in a good place, names what is built in, and changes nothing', async () => {
  await place.backUp();
  const before = await listFiles(place.dir);
  expect(await linesOf('fail')).toEqual([]);
  expect(await listFiles(place.dir)).toEqual(before);
  const lines = await linesOf('ok');
  expect(lines[0]).toMatch(/^libraries: node \d+\.\d+\.\d+, SQLite 3\.\d+\.\d+, libvips 8\.\d+\.\d+/);
  expect(lines).toContain('engine: journal wal, synchronous full, foreign keys on');
  expect(lines).toContain('database: integrity check passed');
  expect(lines).toContain('images: 3 rows, each with its file');
  expect(lines).toContain('server: not running on this DATA_DIR');
});

it('finds rows without file, files of another size, and files without row', async () => {
  await rm(place.at('images/2026/11/image-0.png'));
  await writeFile(place.at('images/2026/11/image-1.png'), 'short');
  await writeFile(place.at('images/2026/11/stray.png'), 'stray');
  await age(place.at('images/2026/11/stray.png'));
  expect(await linesOf('fail')).toEqual([
    'images: 1 rows have no file: 2026/11/image-0.png',
    'images: 1 files have another size than their row: 2026/11/image-1.png',
  ]);
  expect(await linesOf('warn')).toContain('images: 1 files belong to no row: 2026/11/stray.png');
});

it('finds rows that name rows that are not there, and work that nobody does', async () => {
  place.query('pragma foreign_keys = off');
  place.query(
    `insert into jobs (id, owner_id, kind, status, input, created_at) values ('j', 'u1', 'image', 'running', '{}', 1)`,
  );
  expect(await linesOf('warn')).toContain(
    'server: 0 replies and 1 jobs count as running while no server runs: the next start ends them',
  );
  const lock = lockFolder(place.dataDir);
  expect(await linesOf('ok')).toContain('server: running on this DATA_DIR');
  lock.release();
  const { default: Sqlite } = await import('better-sqlite3');
  const db = new Sqlite(place.at('data/salon.db'));
  db.pragma('foreign_keys = off');
  db.prepare("update jobs set owner_id = 'nobody'").run();
  db.close();
  expect(await linesOf('fail')).toContain('database: 1 rows name rows that are not there');
});

it('finds a damaged database, and one of a newer Salon', async () => {
  place.query('pragma user_version = 9999');
  expect((await linesOf('fail')).join()).toMatch(/database: version 9999 is of a newer Salon/);
  await writeFile(place.at('data/salon.db'), Buffer.alloc(9000, 7));
  expect((await linesOf('fail')).join()).toMatch(/database: it cannot be read: file is not a database/);
});

it('finds what others may read, and what killed processes left', async () => {
  await chmod(place.at('data/salon.db'), 0o644);
  await chmod(place.at('images'), 0o755);
  await mkdir(place.at('images/.unfinished'));
  await writeFile(place.at('images/.unfinished/abc.part'), 'half');
  await age(place.at('images/.unfinished/abc.part'));
  expect(await linesOf('fail')).toEqual([
    `permissions: open to other users of this machine: ${place.at('data/salon.db')} (644), ${place.at('images')} (755)`,
  ]);
  expect(await linesOf('warn')).toContain(
    `remains: 1 temporary files are older than an hour: ${place.at('images/.unfinished/abc.part')}`,
  );
});

it('names links and pipes among the files, waits on none, and a backup leaves them out', async () => {
  await rm(place.at('images/2026/11/image-0.png'));
  await symlink(place.at('data/session-secret'), place.at('images/2026/11/image-0.png'));
  await rm(place.at('images/2026/11/image-1.png'));
  execFileSync('mkfifo', [place.at('images/2026/11/image-1.png')]);
  expect(await linesOf('fail')).toEqual([
    'images: 2 rows have no file: 2026/11/image-0.png, 2026/11/image-1.png',
    `regular files: 2 links, pipes or devices, which Salon leaves out: ${place.at('images/2026/11/image-0.png')}, ${place.at('images/2026/11/image-1.png')}`,
  ]);
  const { gone, files } = await place.backUp();
  expect(gone).toEqual(['2026/11/image-0.png', '2026/11/image-1.png']);
  expect(files).toBe(3);
});

it('tells wrong settings line by line', async () => {
  expect(await linesOf('fail', { PORT: 'many', HOST: ' ', LOG_LEVEL: 'loud' })).toEqual([
    expect.stringMatching(/^settings: PORT is wrong: /),
    expect.stringMatching(/^settings: LOG_LEVEL is wrong: /),
  ]);
});

it('says whether the model server answers', async () => {
  expect(await linesOf('warn')).toContain('model server: none: the built-in demo model answers');
  const server = await startModelServer();
  const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' };
  expect((await linesOf('ok', env)).join()).toMatch(/model server: 127\.0\.0\.1:\d+ offers \d+ models/);
  await server.close();
  expect((await linesOf('warn', env)).join()).toMatch(
    /model server: 127\.0\.0\.1:\d+ did not tell its models/,
  );
});

it('does not mind an empty place', async () => {
  const empty = await makePlace();
  const env = { DATA_DIR: empty.dataDir, IMAGES_DIR: empty.imagesDir };
  expect(await linesOf('fail', env)).toEqual([]);
  expect(await linesOf('warn', env)).toContain('database: there is none yet: it is made at the first start');
  expect(await listFiles(empty.dir)).toEqual({});
  await empty.remove();
});

it('finds a session secret that is damaged, and one that is missing', async () => {
  await writeFile(place.at('data/session-secret'), 'short');
  expect(await linesOf('fail')).toEqual([
    `session secret: ${place.at('data/session-secret')} is damaged: remove it, and everyone has to sign in again`,
  ]);
  expect(await linesOf('fail', { SESSION_SECRET: 's'.repeat(40) })).toEqual([]);
  await rm(place.at('data/session-secret'));
  expect(await linesOf('warn')).toContain(
    'session secret: there is none: the next start makes one, and everyone has to sign in',
  );
});
