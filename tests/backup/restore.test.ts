import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkDatabase } from '../../src/backup/doctor/database.ts';
import { MANIFEST } from '../../src/backup/manifest.ts';
import { restoreBackup, verifyBackup } from '../../src/backup/restore.ts';
import { openAccounts } from '../../src/open-accounts.ts';
import { readConfig } from '../../src/platform/config.ts';
import { lockFolder } from '../../src/platform/db/sqlite.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openServices } from '../../src/services.ts';
import { dump, forge, listFiles, makePlace, readZip, sha256, type Place } from './place.ts';

let from: Place;
let to: Place;
let archive: string;
beforeEach(async () => {
  [from, to] = [await makePlace(), await makePlace()];
  await from.fill(3, 40_000);
  archive = from.archive((await from.backUp()).name);
});
afterEach(async () => {
  await from.remove();
  await to.remove();
});

const restore = (path = archive, dryRun = false) => restoreBackup(path, to, dryRun);
const isUntouched = async () => {
  const left = Object.keys(await listFiles(to.dir, /salon\.lock$/));
  expect(left).toEqual([]);
  expect([existsSync(to.at('data/.restoring')), existsSync(to.at('images/.restoring'))]).toEqual([
    false,
    false,
  ]);
};

it('T201: what comes back is equal: every row, every file, the secret, with closed permissions', async () => {
  await restore();
  expect(dump(to.at('data/salon.db'))).toEqual(dump(from.at('data/salon.db')));
  expect(await listFiles(to.imagesDir)).toEqual(await listFiles(from.imagesDir));
  expect(await readFile(to.at('data/session-secret'), 'utf8')).toBe('x'.repeat(64));
  for (const name of ['data/salon.db', 'data/session-secret', 'images/2026/11/picture-0.png'])
    expect([name, (await stat(to.at(name))).mode & 0o777]).toEqual([name, 0o600]);
  for (const name of ['data', 'images', 'images/2026/11'])
    expect([name, (await stat(to.at(name))).mode & 0o777]).toEqual([name, 0o700]);
  expect(existsSync(to.at('data/.restoring'))).toBe(false);
});

it('only checks in a dry run: not even the folders are made', async () => {
  const manifest = await restore(archive, true);
  expect(manifest.rows['users']).toBe(1);
  expect([existsSync(to.dataDir), existsSync(to.imagesDir)]).toEqual([false, false]);
});

it('wants an empty place and says what is in the way', async () => {
  await restore();
  await expect(restore()).rejects.toThrow(/data\/salon\.db is there already/);
  await expect(restore(archive, true)).rejects.toThrow(/data\/salon\.db is there already/);
  const other = await makePlace();
  await mkdir(other.imagesDir, { recursive: true });
  await writeFile(other.at('images/.gitkeep'), '');
  await writeFile(other.at('images/mine.png'), 'mine');
  await expect(restoreBackup(archive, other, false)).rejects.toThrow(/images\/mine\.png is there already/);
  expect(await readFile(other.at('images/mine.png'), 'utf8')).toBe('mine');
  await other.remove();
});

it('refuses while a Salon runs on the place', async () => {
  await mkdir(to.dataDir, { recursive: true });
  const lock = lockFolder(to.dataDir);
  await expect(restore()).rejects.toThrow(/another Salon is running/);
  lock.release();
  await isUntouched();
});

it('refuses an archive that is cut off anywhere, by its name, and leaves nothing behind', async () => {
  const { size } = await stat(archive);
  const whole = await readFile(archive);
  const path = to.at('salon-backup-20200101-000000.zip');
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
  const left = Object.keys(await listFiles(to.dir, /salon\.lock$|zip$/));
  expect(left).toEqual([]);
});

it('refuses an archive in which any one byte was changed, wherever it is', async () => {
  const whole = await readFile(archive);
  const path = to.at('changed.zip');
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
  const whole = await readFile(archive);
  const path = to.at('longer.zip');
  for (const bytes of [Buffer.concat([whole, Buffer.from('x')]), Buffer.concat([Buffer.from('x'), whole])]) {
    await writeFile(path, bytes);
    await expect(verifyBackup(path)).rejects.toThrow(/longer\.zip is refused/);
  }
});

/** The entries of a good archive; `change` does harm to them and may return a new manifest. */
async function forged(
  change: (entries: Map<string, Buffer>, manifest: ManifestJson) => void,
): Promise<string> {
  const entries = await readZip(archive);
  const manifest = JSON.parse(String(entries.get(MANIFEST))) as ManifestJson;
  entries.delete(MANIFEST);
  change(entries, manifest);
  const path = to.at('forged.zip');
  await forge(path, [
    ...[...entries].map(([name, content]) => ({ name, content })),
    { name: MANIFEST, content: JSON.stringify(manifest) },
  ]);
  return path;
}
type ManifestJson = {
  format: number;
  schema: number;
  rows: Record<string, number>;
  files: { name: string; bytes: number; sha256: string }[];
};
const extra = (name: string) => (entries: Map<string, Buffer>, manifest: ManifestJson) => {
  entries.set(name, Buffer.from('evil'));
  manifest.files.push({ name, bytes: 4, sha256: sha256('evil') });
};

it.each([
  '../evil',
  'files/../../evil',
  'files/../salon.db',
  '/tmp/evil',
  'files/a\\..\\evil',
  'files/.hidden',
  'files/a/./b',
  'C:/evil',
  'files/',
  'files/a b',
  'other.db',
  'files/ü.png',
])('T086: refuses an archive whose own manifest names %s, and writes it nowhere', async (name) => {
  const path = await forged(extra(name));
  await expect(restore(path)).rejects.toThrow(/^forged\.zip is refused: /);
  const left = Object.keys(await listFiles(to.dir, /salon\.lock$|forged\.zip$/));
  expect(left).toEqual([]);
  expect([existsSync('/tmp/evil'), existsSync(to.at('evil'))]).toEqual([false, false]);
});

it.each<[string, (entries: Map<string, Buffer>, manifest: ManifestJson) => void, RegExp]>([
  [
    'an entry that the manifest does not name',
    (e) => e.set('files/more.png', Buffer.from('x')),
    /not in the manifest/,
  ],
  [
    'a missing entry',
    (e) => e.delete('files/2026/11/picture-1.png'),
    /"files\/2026\/11\/picture-1\.png" is missing/,
  ],
  [
    'a missing database',
    (e, m) => void (e.delete('salon.db'), (m.files = m.files.slice(1))),
    /"salon\.db" is missing/,
  ],
  [
    'another size',
    (_e, m) => void m.files.forEach((f) => (f.bytes += 1)),
    /another size than the manifest says/,
  ],
  [
    'another checksum',
    (e) => e.set('session-secret', Buffer.alloc(64, 'y')),
    /"session-secret" has another checksum/,
  ],
  ['a newer layout', (_e, m) => void (m.format = 2), /written by a newer Salon/],
  ['a newer schema', (_e, m) => void (m.schema = 9999), /made by the newer Salon/],
  ['another number of rows', (_e, m) => void (m.rows['users'] = 7), /another number of rows in users/],
  [
    'a manifest that is none',
    (_e, m) => void ((m as { files: unknown }).files = 'all'),
    /manifest\.json is damaged/,
  ],
])('T086: refuses %s by name', async (_what, change, sentence) => {
  await expect(restore(await forged(change))).rejects.toThrow(sentence);
  const left = Object.keys(await listFiles(to.dir, /salon\.lock$|forged\.zip$/));
  expect(left).toEqual([]);
});

it('reads a forged archive in which nothing is wrong, so that the others fail for their own reason', async () => {
  await restore(await forged(() => undefined));
  expect(await listFiles(to.imagesDir)).toEqual(await listFiles(from.imagesDir));
});

it('T086: refuses a database that is none, whatever its checksum says', async () => {
  const path = await forged((entries, manifest) => {
    const junk = Buffer.alloc(8192, 7);
    entries.set('salon.db', junk);
    manifest.files = manifest.files.map((file) =>
      file.name === 'salon.db' ? { name: file.name, bytes: junk.length, sha256: sha256(junk) } : file,
    );
  });
  await expect(restore(path)).rejects.toThrow(/not a database/);
  expect(Object.keys(await listFiles(to.dir, /salon\.lock$|forged\.zip$/))).toEqual([]);
});

it('T086: refuses links, doubled names and compressed entries, so that nothing can grow or point elsewhere', async () => {
  const path = to.at('forged.zip');
  const content = Buffer.alloc(1000);
  await forge(path, [{ name: 'salon.db', content, mode: 0o120777 }]);
  await expect(verifyBackup(path)).rejects.toThrow(/"salon\.db" is a link/);
  await forge(path, [
    { name: 'salon.db', content },
    { name: 'salon.db', content },
  ]);
  await expect(verifyBackup(path)).rejects.toThrow(/"salon\.db" is in it twice/);
  await forge(path, [{ name: 'salon.db', content: Buffer.alloc(1_000_000), deflated: true }]);
  await expect(verifyBackup(path)).rejects.toThrow(/"salon\.db" is compressed/);
  await forge(path, [{ name: 'salon.db', content }]);
  await expect(verifyBackup(path)).rejects.toThrow(/manifest\.json is missing/);
});

it('says so when there is no such file', async () => {
  await expect(verifyBackup(to.at('nowhere.zip'))).rejects.toThrow(
    /^nowhere\.zip cannot be read: there is no such file$/,
  );
});

/** A place in which a restore was killed while it moved what it had unpacked: half of it is there, with the note. */
async function killed(): Promise<void> {
  await mkdir(to.at('data/.restoring'), { recursive: true });
  await mkdir(to.at('images/2026/11'), { recursive: true });
  await writeFile(to.at('images/2026/11/picture-0.png'), 'half of one');
  const note = { imagesDir: to.imagesDir, names: ['2026'] };
  await writeFile(to.at('data/.restoring/moving.json'), JSON.stringify(note));
}

it('begins anew after one that was killed while it moved the pictures, and is then whole', async () => {
  await killed();
  await restore(archive, true);
  await restore();
  expect(await listFiles(to.imagesDir)).toEqual(await listFiles(from.imagesDir));
  expect(dump(to.at('data/salon.db'))).toEqual(dump(from.at('data/salon.db')));
  expect(existsSync(to.at('data/.restoring'))).toBe(false);
});

it('takes only what a killed restore had moved for its own, and not in another IMAGES_DIR', async () => {
  await killed();
  await writeFile(to.at('images/mine.png'), 'mine');
  await expect(restore()).rejects.toThrow(/images\/mine\.png is there already/);
  const elsewhere = { dataDir: to.dataDir, imagesDir: to.at('other') };
  await mkdir(to.at('other/2026'), { recursive: true });
  await expect(restoreBackup(archive, elsewhere, false)).rejects.toThrow(/other\/2026 is there already/);
  expect(await readFile(to.at('images/2026/11/picture-0.png'), 'utf8')).toBe('half of one');
});

it('after a restore that was killed neither Salon nor an account begins with an empty database', async () => {
  await mkdir(to.at('data/.restoring'), { recursive: true });
  const config = readConfig(to.dir, { DATA_DIR: to.dataDir, IMAGES_DIR: to.imagesDir });
  const sentence = /a restore into .* has not ended: call it again/;
  await expect(openServices(config, silentLog)).rejects.toThrow(sentence);
  await expect(openAccounts(config)).rejects.toThrow(sentence);
  expect(existsSync(to.at('data/salon.db'))).toBe(false);
  expect(checkDatabase(to.dataDir)).toMatchObject([{ level: 'fail' }]);
});

it('takes everything out again when the last step fails', async () => {
  // A folder of the secret's name: nothing can be renamed over it.
  await mkdir(to.at('data'), { recursive: true });
  await mkdir(to.at('data/session-secret/in-the-way'), { recursive: true });
  await expect(restore()).rejects.toThrow();
  expect(await listFiles(to.imagesDir)).toEqual({});
  expect(existsSync(to.at('data/salon.db'))).toBe(false);
});
