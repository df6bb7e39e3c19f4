import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { restoreBackup, verifyBackup } from '../../src/backup/restore.ts';
import { lockFolder } from '../../src/platform/db/sqlite.ts';
import { dump, listFiles, makePlace } from './place.ts';
import { setUpRestore } from './restore-setup.ts';

const { here, restore, expectUntouched } = setUpRestore();

it('what comes back is equal: every row, every file, the secret, with closed permissions', async () => {
  await restore();
  expect(dump(here.to.at('data/salon.db'))).toEqual(dump(here.from.at('data/salon.db')));
  expect(await listFiles(here.to.imagesDir)).toEqual(await listFiles(here.from.imagesDir));
  expect(await readFile(here.to.at('data/session-secret'), 'utf8')).toBe('x'.repeat(64));
  for (const name of ['data/salon.db', 'data/session-secret', 'images/2026/11/image-0.png'])
    expect([name, (await stat(here.to.at(name))).mode & 0o777]).toEqual([name, 0o600]);
  for (const name of ['data', 'images', 'images/2026/11'])
    expect([name, (await stat(here.to.at(name))).mode & 0o777]).toEqual([name, 0o700]);
  expect(existsSync(here.to.at('data/.restoring'))).toBe(false);
});

it('only checks in a dry run: not even the folders are made', async () => {
  const manifest = await restore(here.archive, true);
  expect(manifest.rows['users']).toBe(1);
  expect([existsSync(here.to.dataDir), existsSync(here.to.imagesDir)]).toEqual([false, false]);
});

it('wants an empty place and says what is in the way', async () => {
  await restore();
  await expect(restore()).rejects.toThrow(/data\/salon\.db is there already/);
  await expect(restore(here.archive, true)).rejects.toThrow(/data\/salon\.db is there already/);
  const other = await makePlace();
  await mkdir(other.imagesDir, { recursive: true });
  await writeFile(other.at('images/.gitkeep'), '');
  await writeFile(other.at('images/mine.png'), 'mine');
  await expect(restoreBackup(here.archive, other, false)).rejects.toThrow(
    /images\/mine\.png is there already/,
  );
  expect(await readFile(other.at('images/mine.png'), 'utf8')).toBe('mine');
  await other.remove();
});

it('refuses while a Salon runs on the place', async () => {
  await mkdir(here.to.dataDir, { recursive: true });
  const lock = lockFolder(here.to.dataDir);
  await expect(restore()).rejects.toThrow(/another Salon is running/);
  lock.release();
  await expectUntouched();
});

it('refuses an archive that is cut off anywhere, by its name, and leaves nothing behind', async () => {
  const { size } = await stat(here.archive);
  const whole = await readFile(here.archive);
  const path = here.to.at('salon-backup-20200101-000000.zip');
  const cuts = [0, 1, 21, 22, 100, size / 4, size / 2, size - 100, size - 77, size - 76, size - 22, size - 1];
  for (const cut of cuts) {
    await writeFile(path, whole);
    await truncate(path, Math.floor(cut));
    for (const dryRun of [true, false])
      await expect(restore(path, dryRun), `cut at ${cut}`).rejects.toThrow(
        /^salon-backup-20200101-000000\.zip is refused: it is cut off/,
      );
  }
  await writeFile(path, '');
  await truncate(path, 0);
  const left = Object.keys(await listFiles(here.to.dir, /salon\.lock$|zip$/));
  expect(left).toEqual([]);
});

it('refuses an archive in which any one byte was changed, wherever it is', async () => {
  const whole = await readFile(here.archive);
  const path = here.to.at('changed.zip');
  const step = Math.floor(whole.length / 60);
  const places = [
    ...Array.from({ length: 60 }, (_, i) => i * step + 7),
    whole.length - 1,
    whole.length - 78,
    0,
    4,
  ];
  for (const place of places) {
    const changed = Buffer.from(whole);
    changed[place] = (changed[place] ?? 0) ^ 0x41;
    await writeFile(path, changed);
    await expect(verifyBackup(path), `byte ${place}`).rejects.toThrow(/^changed\.zip is refused: /);
  }
});

it('refuses an archive with something before or after it', async () => {
  const whole = await readFile(here.archive);
  const path = here.to.at('longer.zip');
  for (const bytes of [Buffer.concat([whole, Buffer.from('x')]), Buffer.concat([Buffer.from('x'), whole])]) {
    await writeFile(path, bytes);
    await expect(verifyBackup(path)).rejects.toThrow(/longer\.zip is refused/);
  }
});

it('says so when there is no such file', async () => {
  await expect(verifyBackup(here.to.at('nowhere.zip'))).rejects.toThrow(
    /^nowhere\.zip cannot be read: there is no such file$/,
  );
});
