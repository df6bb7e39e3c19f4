import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MANIFEST } from '../../src/backup/manifest.ts';
import { verifyBackup } from '../../src/backup/restore.ts';
import { forge, listFiles, readZip, sha256 } from './place.ts';
import { setUpRestore } from './restore-setup.ts';

const { here, restore, expectUntouched } = setUpRestore();

/** The entries of a good archive; `change` does harm to them and may return a new manifest. */
async function forged(
  change: (entries: Map<string, Buffer>, manifest: ManifestJson) => void,
): Promise<string> {
  const entries = await readZip(here.archive);
  const manifest = JSON.parse(String(entries.get(MANIFEST))) as ManifestJson;
  entries.delete(MANIFEST);
  change(entries, manifest);
  const path = here.to.at('forged.zip');
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
])('refuses an archive whose own manifest names %s, and writes it nowhere', async (name) => {
  const path = await forged(extra(name));
  await expect(restore(path)).rejects.toThrow(/^forged\.zip is refused: /);
  await expectUntouched(/salon\.lock$|forged\.zip$/);
  expect([existsSync('/tmp/evil'), existsSync(here.to.at('evil'))]).toEqual([false, false]);
});

it.each<[string, (entries: Map<string, Buffer>, manifest: ManifestJson) => void, RegExp]>([
  [
    'an entry that the manifest does not name',
    (e) => e.set('files/more.png', Buffer.from('x')),
    /not in the manifest/,
  ],
  [
    'a missing entry',
    (e) => e.delete('files/2026/11/image-1.png'),
    /"files\/2026\/11\/image-1\.png" is missing/,
  ],
  [
    'a missing database',
    (e, m) => void (e.delete('salon.db'), (m.files = m.files.slice(1))),
    /"salon\.db" is missing/,
  ],
  [
    'another size',
    (_e, m) => {
      for (const f of m.files) f.bytes += 1;
    },
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
])('refuses %s by name', async (_what, change, sentence) => {
  await expect(restore(await forged(change))).rejects.toThrow(sentence);
  await expectUntouched(/salon\.lock$|forged\.zip$/);
});

it('reads a forged archive in which nothing is wrong, so that the others fail for their own reason', async () => {
  await restore(await forged(() => undefined));
  expect(await listFiles(here.to.imagesDir)).toEqual(await listFiles(here.from.imagesDir));
});

it('refuses a database that is none, whatever its checksum says', async () => {
  const path = await forged((entries, manifest) => {
    const junk = Buffer.alloc(8192, 7);
    entries.set('salon.db', junk);
    manifest.files = manifest.files.map((file) =>
      file.name === 'salon.db' ? { name: file.name, bytes: junk.length, sha256: sha256(junk) } : file,
    );
  });
  await expect(restore(path)).rejects.toThrow(/not a database/);
  await expectUntouched(/salon\.lock$|forged\.zip$/);
});

it('refuses links, doubled names and compressed entries, so that nothing can grow or point elsewhere', async () => {
  const path = here.to.at('forged.zip');
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
