import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyBackup } from '../../src/backup/restore.ts';
import { spawnSalon } from '../support/process.ts';
import { projectRoot } from '../support/salon.ts';
import { makeSmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait.ts';
import { cli } from './cli.ts';
import { listFiles, makePlace, type Place } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await makePlace();
  await place.fill(60, 1_000_000);
});
afterEach(() => place.remove());

const env = () => ({
  PATH: process.env['PATH'],
  NODE_ENV: 'test',
  DATA_DIR: place.dataDir,
  IMAGES_DIR: place.imagesDir,
  LOG_DIR: place.at('logs'),
});

it('killed at any moment, it leaves the older ones and nothing that looks like one', async () => {
  const good = await place.backUp();
  const bytes = await readFile(place.archive(good.name));
  for (const phase of ['"phase":"database"', '"phase":"files"', '"phase":"check"', '']) {
    const child = spawn(process.execPath, [join(projectRoot, 'dist/cli.js'), 'backup', '--json'], {
      env: env(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(phase)) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect([phase, signal]).toEqual([phase, 'SIGKILL']);
    const finished = (await place.archives()).filter((name) => name.endsWith('.zip'));
    for (const name of finished) await verifyBackup(place.archive(name));
    expect((await readFile(place.archive(good.name))).equals(bytes)).toBe(true);
  }
  const { name } = await place.backUp();
  const left = await place.archives();
  expect(left).toContain(name);
  expect(left.filter((file) => file.includes('.part'))).toEqual([]);
});

it('a restore that was killed on the way leaves no database, and the next one does it', async () => {
  const archive = place.archive((await place.backUp()).name);
  const to = await makePlace();
  const folders = { DATA_DIR: to.dataDir, IMAGES_DIR: to.imagesDir };
  const child = spawn(process.execPath, [join(projectRoot, 'dist/cli.js'), 'restore', archive], {
    env: { ...env(), ...folders },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await waitFor(() => existsSync(to.at('images/.restoring/2026/11/image-3.png')));
  child.kill('SIGKILL');
  await ended;
  expect([existsSync(to.at('data/salon.db')), existsSync(to.at('images/2026'))]).toEqual([false, false]);
  expect(await cli(to.dir, ['restore', archive])).toMatchObject({ code: 0, err: '' });
  expect(await listFiles(to.imagesDir)).toEqual(await listFiles(place.imagesDir));
  await to.remove();
});

it('a target that takes no more fails with one sentence, and the older ones stay', async () => {
  const good = await place.backUp();
  const before = await listFiles(place.dataDir, /salon\.lock$/);
  // 20 MB: more than the database, less than the images.
  const limited = spawn(
    'prlimit',
    ['--fsize=20000000', process.execPath, join(projectRoot, 'dist/cli.js'), 'backup'],
    { env: env(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  limited.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(limited, 'close')) as [number | null];
  expect(code).toBe(1);
  expect(said).toMatch(/^the backup failed, and the older ones are untouched: [^\n]+\n$/);
  expect(await listFiles(place.dataDir, /salon\.lock$/)).toEqual(before);
  await verifyBackup(place.archive(good.name));
});

it('refuses before it writes when there is not enough room', async ({ skip }) => {
  const disk = makeSmallDisk();
  if (!disk.isMounted) {
    disk.remove();
    skip('needs a volume of its own, which only a system that allows mounting gives');
  }
  const salon = await spawnSalon({ dir: disk.dir });
  disk.fill(salon.pid);
  const result = await cli(disk.dir, ['backup']);
  disk.free(salon.pid);
  await salon.kill('SIGTERM');
  disk.remove();
  expect(result).toMatchObject({ code: 1, out: '' });
  expect(result.err).toMatch(
    /untouched: (there is (not enough room|no room left)|.*cannot be written)[^\n]*\n$/,
  );
});
