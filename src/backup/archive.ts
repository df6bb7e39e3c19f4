import { createHash } from 'node:crypto';
import { createWriteStream, fdatasync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Transform, type Readable } from 'node:stream';
import { isAppError } from '../lib/errors.ts';
import { syncPath } from '../platform/db/copy.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import { openRegular, readRegular } from '../platform/blobs/regular-file.ts';
import {
  DATABASE,
  FILES,
  isArchiveName,
  MANIFEST,
  SECRET,
  type Manifest,
  type ManifestEntry,
} from './manifest.ts';
import { createSealer } from './seal.ts';

/** The disk takes the archive in small parts: one large fsync at its end would hold up the commits of the server. */
const SYNC_EVERY_MS = 100;
/** From here on the sizes of ZIP need their long form, which has to be chosen before the first byte. */
const LONG_FORM_BYTES = 4_000_000_000;

export type FileToPack = { place: string; bytes: number; sha256: string | null };

type Packing = {
  /** The copy of the database, checked, not in use. */
  database: string;
  /** The file of the session secret; left out when there is none. */
  secret: string;
  /** The files that the rows of that copy name. */
  images: readonly FileToPack[];
  blobs: Pick<Blobs, 'open'>;
  about: Omit<Manifest, 'files' | 'gone' | 'damaged'>;
  onProgress: (part: number) => void;
  signal: AbortSignal | undefined;
};

/**
 * Writes the archive to `target`, which must not exist (mode 600), and brings it to the disk. The manifest comes last,
 * since it says what was found. An image that is gone or damaged is noted and never fails the rest.
 * @throws Error of the file system
 */
export async function pack(target: string, packing: Packing): Promise<Manifest> {
  const { ZipArchive } = await import('archiver');
  const { size } = await stat(packing.database);
  const zip = new ZipArchive({ store: true, forceZip64: size > LONG_FORM_BYTES });
  const output = createWriteStream(target, { flags: 'wx', mode: 0o600 });
  const written = pipeline(zip, createSealer(), output, { signal: packing.signal });
  // A fault of the disk shows here first; whoever waits for an entry must hear of it.
  const broken = written.then(() => new Promise<never>(() => undefined));
  broken.catch(() => undefined);
  const append = async (source: Readable | Buffer, name: string) => {
    const taken = new Promise<void>((resolve, reject) => {
      zip.once('entry', () => resolve());
      if (!Buffer.isBuffer(source)) source.once('error', reject);
    });
    zip.append(source, { name, mode: 0o600, date: new Date(packing.about.created_at) });
    await Promise.race([taken, broken]);
  };
  const syncing = setInterval(() => {
    const { fd } = output as unknown as { fd: number | null };
    if (typeof fd === 'number' && !output.closed) fdatasync(fd, () => undefined);
  }, SYNC_EVERY_MS);
  try {
    const manifest = await fill(packing, append);
    await append(Buffer.from(JSON.stringify(manifest, null, 1)), MANIFEST);
    await zip.finalize();
    await written;
    syncPath(target);
    return manifest;
  } catch (error) {
    zip.destroy();
    output.destroy();
    throw await written.then(
      () => error,
      (fault: unknown) => (isAbort(fault) || isClosed(fault) ? error : fault),
    );
  } finally {
    clearInterval(syncing);
  }
}

type Append = (source: Readable | Buffer, name: string) => Promise<void>;

async function fill(packing: Packing, append: Append): Promise<Manifest> {
  const { images, about, blobs, signal } = packing;
  const entries: ManifestEntry[] = [await appendDatabase(packing.database, append)];
  const gone: string[] = [];
  const damaged: string[] = [];
  const secret = await readSecret(packing.secret);
  if (secret) entries.push(await appendBytes(secret, SECRET, append));
  for (const [index, { place, sha256 }] of images.entries()) {
    signal?.throwIfAborted();
    packing.onProgress(index / images.length);
    const bytes = isArchiveName(FILES + place) ? await bytesOf(blobs, place) : undefined;
    if (!bytes) {
      gone.push(place);
      continue;
    }
    const entry = await appendBytes(bytes, FILES + place, append);
    entries.push(entry);
    if (sha256 !== null && sha256 !== entry.sha256) damaged.push(place);
  }
  return { ...about, files: entries, gone, damaged };
}

/** Undefined when there is none. A link is refused: what it leads to is none of ours. @throws Error that names it */
async function readSecret(path: string): Promise<Buffer | undefined> {
  return readRegular(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

/** An image is at most 50 MB, so one at a time is held whole. Gone meanwhile: undefined. */
async function bytesOf(blobs: Pick<Blobs, 'open'>, place: string): Promise<Buffer | undefined> {
  try {
    return await buffer(await blobs.open(place));
  } catch (error) {
    if (isAppError(error, 'not_found') || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return undefined;
    throw error;
  }
}

async function appendBytes(bytes: Buffer, name: string, append: Append): Promise<ManifestEntry> {
  await append(bytes, name);
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function appendDatabase(path: string, append: Append): Promise<ManifestEntry> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const source = (await openRegular(path)).createReadStream({ highWaterMark: 1 << 20 });
  source.once('error', (error) => counted.destroy(error));
  await append(source.pipe(counted), DATABASE);
  return { name: DATABASE, bytes, sha256: hash.digest('hex') };
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';
const isClosed = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
