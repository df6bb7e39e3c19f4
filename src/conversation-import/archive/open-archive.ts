import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '../../lib/errors.ts';
import { openRegular } from '../../platform/blobs/regular-file.ts';

/** Room for the years of one person, and far from what memory takes for the names alone. */
const MAX_ENTRIES = 200_000;
/** All that is in it, unpacked: ten times the largest upload. */
const MAX_TOTAL_BYTES = 50_000_000_000;
/** Text of conversations shrinks to a tenth; what shrinks more than this is made to fill memory or disk. */
const MAX_RATIO = 250;
const MIN_SUSPICIOUS_BYTES = 10_000_000;

export type ArchiveEntry = {
  /** As it stands in the archive, with its folders. Never used as a path on the disk. */
  name: string;
  bytes: number;
  open(): Promise<Readable>;
};

export type Archive = {
  /** A file that is no ZIP file is its only entry. */
  entries: ReadonlyMap<string, ArchiveEntry>;
  /** Bytes of all entries, unpacked. */
  bytes: number;
  close(): Promise<void>;
};

const ZIP_SIGNATURE = Buffer.from('PK\u0003\u0004');
const EMPTY_ZIP_SIGNATURE = Buffer.from('PK\u0005\u0006');

/**
 * Opens a ZIP file or a JSON file of an export. Only the list of entries is read here, the entries when they are asked for.
 * @throws AppError `archive_damaged`, `archive_encrypted`, `archive_unsafe`; Error when there is no such file
 */
export async function openArchive(path: string): Promise<Archive> {
  const file = await openRegular(path);
  try {
    const first = Buffer.alloc(4);
    await file.read(first, 0, 4, 0);
    const isZip = first.equals(ZIP_SIGNATURE) || first.equals(EMPTY_ZIP_SIGNATURE);
    return isZip ? await openZip(file) : await openSingle(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openSingle(file: FileHandle): Promise<Archive> {
  const { size: bytes } = await file.stat();
  const entry = {
    name: 'conversations.json',
    bytes,
    open: () => Promise.resolve<Readable>(file.createReadStream({ start: 0, autoClose: false })),
  };
  return { entries: new Map([[entry.name, entry]]), bytes, close: () => file.close() };
}

async function openZip(file: FileHandle): Promise<Archive> {
  const { default: yauzl } = await import('yauzl');
  const zip = await yauzl
    .fromFdPromise(file.fd, { autoClose: false, strictFileNames: true })
    .catch((cause: unknown) => {
      throw new AppError('archive_damaged', { cause });
    });
  const entries = new Map<string, ArchiveEntry>();
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      requireSafe(entry, entries);
      bytes += entry.uncompressedSize;
      if (bytes > MAX_TOTAL_BYTES) throw new AppError('archive_unsafe');
      entries.set(entry.fileName, archiveEntry(zip, entry));
    }
  } catch (cause) {
    throw cause instanceof AppError ? cause : damagedOrUnsafe(cause);
  }
  return { entries, bytes, close: () => file.close() };
}

function requireSafe(entry: Entry, known: ReadonlyMap<string, unknown>): void {
  const { fileName: name, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted()) throw new AppError('archive_encrypted');
  const isBomb = uncompressedSize > MIN_SUSPICIOUS_BYTES && uncompressedSize > MAX_RATIO * compressedSize;
  if (known.has(name) || known.size >= MAX_ENTRIES || isBomb) throw new AppError('archive_unsafe');
}

/** Names that lead out of the archive are refused by the library with such a message. */
function damagedOrUnsafe(cause: unknown): AppError {
  const isPath =
    cause instanceof Error && /relative path|absolute path|invalid characters/.test(cause.message);
  return new AppError(isPath ? 'archive_unsafe' : 'archive_damaged', { cause });
}

const archiveEntry = (zip: ZipFile, entry: Entry): ArchiveEntry => ({
  name: entry.fileName,
  bytes: entry.uncompressedSize,
  open: async () => {
    try {
      return await zip.openReadStreamPromise(entry);
    } catch (cause) {
      throw new AppError('archive_damaged', { cause });
    }
  },
});
