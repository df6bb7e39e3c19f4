import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import request from 'supertest';
import { afterEach, expect, it } from 'vitest';
import { openDatabase } from '../support/database.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';

const started: SalonProcess[] = [];
const start = async (options: Parameters<typeof spawnSalon>[0] = {}) => {
  const salon = await spawnSalon(options);
  started.push(salon);
  await request(salon.url).get('/readyz').expect(200);
  return salon;
};
afterEach(async () => {
  for (const salon of started.splice(0)) await salon.remove();
});

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

it('makes its data folder with mode 700 and its files with 600, whatever the umask', async () => {
  const salon = await start();
  await request(salon.url)
    .post('/register')
    .send({ username: 'Ana', password: 'correct horse 1' })
    .expect(200);
  const data = join(salon.dir, 'data');
  expect(await modeOf(data)).toBe('700');
  for (const name of await readdir(data, { withFileTypes: true }))
    expect([name.name, await modeOf(join(data, name.name))]).toEqual([
      name.name,
      name.isDirectory() ? '700' : '600',
    ]);
  const secret = (await readFile(join(data, 'session-secret'), 'utf8')).trim();
  expect(secret).toMatch(/^[\w-]{64}$/);
});

it('narrows a data folder that was open to others', async () => {
  const first = await start();
  await first.kill('SIGTERM');
  await chmod(join(first.dir, 'data'), 0o755);
  await start({ dir: first.dir });
  expect(await modeOf(join(first.dir, 'data'))).toBe('700');
});

it('keeps its secret over a restart, and refuses to go on with a damaged one', async () => {
  const first = await start();
  const path = join(first.dir, 'data', 'session-secret');
  const secret = await readFile(path, 'utf8');
  await first.kill('SIGTERM');
  const second = await start({ dir: first.dir });
  expect(await readFile(path, 'utf8')).toBe(secret);
  await second.kill('SIGTERM');
  await writeFile(path, 'short');
  await expect(spawnSalon({ dir: first.dir })).rejects.toThrow(/session-secret is damaged/);
});

it('refuses a second process on the same data with one clear sentence, and the first lives on', async () => {
  const first = await start();
  await expect(spawnSalon({ dir: first.dir })).rejects.toThrow(
    /ended with 1: Salon cannot start: another Salon is running on .*DATA_DIR\n$/,
  );
  await request(first.url).get('/readyz').expect(200);
});

it('starts again on the data of a process that was killed', async () => {
  const first = await start();
  await first.kill('SIGKILL');
  const second = await start({ dir: first.dir });
  await request(second.url).get('/readyz').expect(200);
});

it('refuses a port that is taken, by name', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  try {
    await expect(spawnSalon({ env: { PORT: String(port) } })).rejects.toThrow(
      /\nSalon cannot start: port \d+ is taken.*PORT\n$/,
    );
  } finally {
    other.close();
  }
});

it('refuses the database of a newer Salon and leaves it as it is', async () => {
  const first = await start();
  await first.kill('SIGTERM');
  const db = openDatabase(first.dir);
  db.pragma('user_version = 9999');
  db.close();
  await expect(spawnSalon({ dir: first.dir })).rejects.toThrow(
    /cannot start: the database is at version 9999.*start the newer Salon\n$/,
  );
  const again = openDatabase(first.dir);
  expect(again.pragma('user_version', { simple: true })).toBe(9999);
  again.close();
});

it('refuses a file that is no database, in one line', async () => {
  const first = await start();
  await first.kill('SIGTERM');
  await writeFile(
    join(first.dir, 'data', 'salon.db'),
    'not a database at all, but long enough to look at'.repeat(100),
  );
  await expect(spawnSalon({ dir: first.dir })).rejects.toThrow(/ended with 1: Salon cannot start: [^\n]+\n$/);
});

it('ends with 0 on SIGTERM and on SIGINT, with the database closed', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const salon = await start();
    await request(salon.url)
      .post('/register')
      .send({ username: 'Ana', password: 'correct horse 1' })
      .expect(200);
    expect(await salon.kill(signal)).toEqual({ code: 0, signal: null });
    expect(await readdir(join(salon.dir, 'data'))).not.toContain('salon.db-wal');
    const lines = (await readFile(join(salon.dir, 'logs', 'app.log'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ event: 'stopped' });
  }
});

it.each(['DATA_DIR', 'IMAGES_DIR', 'LOG_DIR'])(
  'names %s when its folder cannot be used, and does not start',
  async (name) => {
    const blocked = join(await mkdtemp(join(tmpdir(), 'salon-blocked-')), 'file');
    await writeFile(blocked, 'a file where a folder is wanted');
    const sentence = new RegExp(`Salon cannot start: the folder .+ cannot be written: .+ ${name}\\n$`);
    await expect(spawnSalon({ env: { [name]: join(blocked, 'folder') } })).rejects.toThrow(sentence);
    await rm(dirname(blocked), { recursive: true });
  },
);
