import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncPath } from '../platform/db/copy.ts';
import { UNPACKED } from '../platform/db/half-restored.ts';
import { migrations } from '../platform/db/migrations/migrations.ts';
import { openReader } from '../platform/db/reader.ts';
import { lockFolder } from '../platform/db/sqlite.ts';
import { prepareFolder } from '../platform/secret.ts';
import { requireRoom, sentenceOf } from './folder.ts';
import { DATABASE, FILES, type Manifest } from './manifest.ts';
import { listMoved, moveIn, removeMoved, type Target } from './move-in.ts';
import { checkContents, openArchive, type Archive } from './read-archive.ts';

/**
 * Reads an archive through: seal, entries, every checksum, and the database itself in a temporary folder.
 * @throws Error with one sentence that names the archive, the entry and the reason
 */
export async function verifyBackup(path: string): Promise<Manifest> {
  const archive = await openArchive(path);
  const folder = await mkdtemp(join(tmpdir(), 'salon-verify-'));
  try {
    requireKnownSchema(archive.manifest, path);
    await checkContents(archive);
    await unpack(archive, (name) => (name === DATABASE ? join(folder, DATABASE) : undefined));
    requireSound(join(folder, DATABASE), archive.manifest, path);
    return archive.manifest;
  } finally {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Puts an archive into an empty place. Nothing of it counts until all of it is there and checked; the database comes
 * last. A restore that was killed starts over. With `dryRun` everything is checked, and nothing is written to the two
 * folders.
 * @throws Error with one sentence; the place is then as empty as before
 */
export async function restoreBackup(path: string, target: Target, dryRun: boolean): Promise<Manifest> {
  await requireEmpty(target, listMoved(target));
  if (dryRun) return verifyBackup(path);
  prepareFolder(target.dataDir, 'DATA_DIR', { isPrivate: true, holdsDatabase: true });
  prepareFolder(target.imagesDir, 'IMAGES_DIR', { isPrivate: true });
  const lock = lockFolder(target.dataDir);
  const data = join(target.dataDir, UNPACKED);
  const images = join(target.imagesDir, UNPACKED);
  const clear = () =>
    Promise.all([data, images].map((folder) => rm(folder, { recursive: true, force: true })));
  try {
    // Asked again: until now another restore may have held the lock and ended.
    const begun = listMoved(target);
    await requireEmpty(target, begun);
    await removeMoved(target.imagesDir, begun);
    await clear();
    // From now on, if the restore is killed, the folder can be told from one that was never used.
    mkdirSync(data, { mode: 0o700 });
    const archive = await openArchive(path);
    try {
      await fill(archive, { data, images, path });
    } finally {
      await archive.close();
    }
    await moveIn(target, { data, images });
    return archive.manifest;
  } catch (cause) {
    throw new Error(sentenceOf(cause), { cause });
  } finally {
    await clear();
    lock.release();
  }
}

async function fill(archive: Archive, to: { data: string; images: string; path: string }): Promise<void> {
  const { manifest } = archive;
  requireKnownSchema(manifest, to.path);
  for (const folder of [to.data, to.images]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const images = manifest.files.filter(({ name }) => name.startsWith(FILES));
  const sum = (files: Manifest['files']) => files.reduce((total, { bytes }) => total + bytes, 0);
  await requireRoom(to.images, sum(images));
  await requireRoom(to.data, sum(manifest.files) - sum(images));
  await unpack(archive, (name) =>
    name.startsWith(FILES) ? join(to.images, name.slice(FILES.length)) : join(to.data, name),
  );
  requireSound(join(to.data, DATABASE), manifest, to.path);
}

async function unpack(archive: Archive, placeOf: (name: string) => string | undefined): Promise<void> {
  const folders = new Set<string>();
  for (const entry of archive.manifest.files) {
    const path = placeOf(entry.name);
    if (path === undefined) continue;
    const folder = dirname(path);
    if (!folders.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
    folders.add(folder);
    const output = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(archive.read(entry), output);
  }
  for (const folder of folders) syncPath(folder);
}

async function requireEmpty({ dataDir, imagesDir }: Target, begun: readonly string[]): Promise<void> {
  for (const name of ['salon.db', 'salon.db-wal'])
    if (existsSync(join(dataDir, name)))
      throw new Error(`${join(dataDir, name)} is there already: restore into an empty DATA_DIR`);
  const kept = ['.gitkeep', '.unfinished', UNPACKED, ...begun];
  const [there] = (await readdir(imagesDir).catch(() => [])).filter((name) => !kept.includes(name));
  if (there) throw new Error(`${join(imagesDir, there)} is there already: restore into an empty IMAGES_DIR`);
}

function requireKnownSchema({ schema, salon }: Manifest, path: string): void {
  if (schema > migrations.length)
    throw new Error(`${basename(path)} is refused: it was made by the newer Salon ${salon}, use that one`);
}

function requireSound(path: string, manifest: Manifest, archive: string): void {
  const refuse = (why: string) => new Error(`${basename(archive)} is refused: "${DATABASE}" ${why}`);
  const database = openReader(path);
  try {
    const [fault] = database.faults();
    if (fault) throw refuse(`is damaged: ${fault}`);
    if (database.foreignKeyFaults() > 0) throw refuse('has rows that name rows that are not there');
    if (database.version() !== manifest.schema) throw refuse('is of another version than the manifest says');
    const counted = database.countRows();
    const wrong = Object.keys({ ...counted, ...manifest.rows }).find(
      (name) => counted[name] !== manifest.rows[name],
    );
    if (wrong) throw refuse(`has another number of rows in ${wrong} than the manifest says`);
  } finally {
    database.close();
  }
}
