import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { checkDatabase } from '../../src/backup/doctor/database.ts';
import { restoreBackup } from '../../src/backup/restore.ts';
import { openAccounts } from '../../src/open-accounts.ts';
import { readConfig } from '../../src/platform/config.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openServices } from '../../src/services.ts';
import { dump, listFiles } from './place.ts';
import { setUpRestore } from './restore-setup.ts';

const { here, restore } = setUpRestore();

/** A place in which a restore was killed while it moved what it had unpacked: half of it is there, with the note. */
async function killed(): Promise<void> {
  await mkdir(here.to.at('data/.restoring'), { recursive: true });
  await mkdir(here.to.at('images/2026/11'), { recursive: true });
  await writeFile(here.to.at('images/2026/11/image-0.png'), 'half of one');
  const note = { imagesDir: here.to.imagesDir, names: ['2026'] };
  await writeFile(here.to.at('data/.restoring/moving.json'), JSON.stringify(note));
}

it('begins anew after one that was killed while it moved the images, and is then whole', async () => {
  await killed();
  await restore(here.archive, true);
  await restore();
  expect(await listFiles(here.to.imagesDir)).toEqual(await listFiles(here.from.imagesDir));
  expect(dump(here.to.at('data/salon.db'))).toEqual(dump(here.from.at('data/salon.db')));
  expect(existsSync(here.to.at('data/.restoring'))).toBe(false);
});

it('takes only what a killed restore had moved for its own, and not in another IMAGES_DIR', async () => {
  await killed();
  await writeFile(here.to.at('images/mine.png'), 'mine');
  await expect(restore()).rejects.toThrow(/images\/mine\.png is there already/);
  const elsewhere = { dataDir: here.to.dataDir, imagesDir: here.to.at('other') };
  await mkdir(here.to.at('other/2026'), { recursive: true });
  await expect(restoreBackup(here.archive, elsewhere, false)).rejects.toThrow(/other\/2026 is there already/);
  expect(await readFile(here.to.at('images/2026/11/image-0.png'), 'utf8')).toBe('half of one');
});

it('after a restore that was killed neither Salon nor an account begins with an empty database', async () => {
  await mkdir(here.to.at('data/.restoring'), { recursive: true });
  const config = readConfig(here.to.dir, { DATA_DIR: here.to.dataDir, IMAGES_DIR: here.to.imagesDir });
  const sentence = /a restore into .* has not ended: call it again/;
  await expect(openServices(config, silentLog)).rejects.toThrow(sentence);
  await expect(openAccounts(config)).rejects.toThrow(sentence);
  expect(existsSync(here.to.at('data/salon.db'))).toBe(false);
  expect(checkDatabase(here.to.dataDir)).toMatchObject([{ level: 'fail' }]);
});

it('takes everything out again when the last step fails', async () => {
  // A folder of the secret's name: nothing can be renamed over it.
  await mkdir(here.to.at('data'), { recursive: true });
  await mkdir(here.to.at('data/session-secret/in-the-way'), { recursive: true });
  await expect(restore()).rejects.toThrow();
  expect(await listFiles(here.to.imagesDir)).toEqual({});
  expect(existsSync(here.to.at('data/salon.db'))).toBe(false);
});
