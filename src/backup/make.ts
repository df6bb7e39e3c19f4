import { existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { changeCopy, copyDatabase, syncPath } from '../platform/db/copy.ts';
import { migrations } from '../platform/db/migrations/migrations.ts';
import { openReader } from '../platform/db/reader.ts';
import { listForBackup } from '../files/files.ts';
import { openDisk } from '../platform/blobs/disk.ts';
import { pack, type FileToPack } from './archive.ts';
import { clearUnfinished, freeName, lockBackups, prepareBackups, requireRoom, sentenceOf } from './folder.ts';
import { FORMAT, SECRET, type BackupKind, type Manifest } from './manifest.ts';
import { leftOut } from './store.ts';
import { checkContents, openArchive } from './read-archive.ts';

export type Phase = 'database' | 'files' | 'check';
export type Progress = { phase: Phase; part: number };

export type BackupOrder = {
  dataDir: string;
  imagesDir: string;
  /** Salon's version, for the manifest. */
  salon: string;
  kind: BackupKind;
  now: () => number;
  onProgress?: ((progress: Progress) => void) | undefined;
  signal?: AbortSignal | undefined;
};

export type BackupResult = { name: string; bytes: number; files: number; gone: string[]; damaged: string[] };

/**
 * Makes one archive of everything, while a server may be running: the database at one instant, then the images that
 * it names. It gets its name only after it was read back and found whole; what was there before stays as it is.
 * @throws Error with one sentence: no database, no room, another backup running, or a fault that the check found
 */
export async function makeBackup(order: BackupOrder): Promise<BackupResult> {
  const source = join(order.dataDir, 'salon.db');
  if (!existsSync(source)) throw new Error(`there is no database in ${order.dataDir}: nothing to back up`);
  let lock: { release(): void } | undefined;
  try {
    const folder = await prepareBackups(order.dataDir);
    lock = lockBackups(folder);
    await clearUnfinished(folder);
    const name = freeName(folder, order.kind, order.now());
    const part = join(folder, `${name}.part`);
    const copy = join(folder, `${name}.db.part`);
    try {
      const manifest = await write(order, { source, part, copy, folder });
      await verify(part, order);
      await rename(part, join(folder, name));
      syncPath(folder);
      const { size } = await stat(join(folder, name));
      const files = manifest.files.length;
      return { name, bytes: size, files, gone: manifest.gone, damaged: manifest.damaged };
    } finally {
      for (const path of [part, copy, `${copy}-journal`]) await rm(path, { force: true });
    }
  } catch (cause) {
    order.signal?.throwIfAborted();
    throw new Error(`the backup failed, and the older ones are untouched: ${sentenceOf(cause)}`, { cause });
  } finally {
    lock?.release();
  }
}

type Places = { source: string; part: string; copy: string; folder: string };

async function write(order: BackupOrder, { source, part, copy, folder }: Places): Promise<Manifest> {
  const { onProgress, signal } = order;
  const { size } = await stat(source);
  await requireRoom(folder, 2 * size);
  const createdAt = new Date(order.now()).toISOString();
  await copyDatabase(source, copy, {
    onProgress: (value) => onProgress?.({ phase: 'database', part: value }),
    signal,
  });
  if (isCurrent(copy)) changeCopy(copy, leftOut);
  syncPath(copy);
  const { images, rows, schema } = inspect(copy);
  const imageBytes = images.reduce((sum, { bytes }) => sum + bytes, 0);
  await requireRoom(folder, size + imageBytes);
  return pack(part, {
    database: copy,
    secret: join(order.dataDir, SECRET),
    images,
    blobs: openDisk(order.imagesDir),
    about: { format: FORMAT, salon: order.salon, schema, kind: order.kind, created_at: createdAt, rows },
    onProgress: (value) => onProgress?.({ phase: 'files', part: value }),
    signal,
  });
}

/** Whether a copy has the schema of this Salon; `inspect` says what to do when not. */
function isCurrent(path: string): boolean {
  const copy = openReader(path);
  try {
    return copy.version() === migrations.length;
  } finally {
    copy.close();
  }
}

/** What the copy holds, once it is known to be sound. @throws Error naming the fault */
function inspect(path: string): { images: FileToPack[]; rows: Record<string, number>; schema: number } {
  const copy = openReader(path);
  try {
    if (copy.version() !== migrations.length)
      throw new Error(
        `it is at version ${copy.version()}: start this Salon once, which brings it to ${migrations.length}`,
      );
    const [fault] = copy.faults();
    if (fault) throw new Error(`the database is damaged: ${fault}`);
    const orphans = copy.foreignKeyFaults();
    if (orphans > 0) throw new Error(`the database is damaged: ${orphans} rows name rows that are not there`);
    return {
      images: listForBackup(copy),
      rows: copy.countRows(),
      schema: copy.version(),
    };
  } finally {
    copy.close();
  }
}

async function verify(path: string, { onProgress, signal }: BackupOrder): Promise<void> {
  const archive = await openArchive(path, signal);
  try {
    await checkContents(archive, {
      onProgress: (value) => onProgress?.({ phase: 'check', part: value }),
      signal,
    });
  } finally {
    await archive.close();
  }
}
