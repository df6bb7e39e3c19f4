import { createHash } from 'node:crypto';
import { realpath, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Entry, ZipFile } from 'yauzl';
import { openRegular } from '../platform/blobs/regular-file.ts';
import {
  DATABASE,
  FORMAT,
  isArchiveName,
  MANIFEST,
  manifestShape,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestEntry,
} from './manifest.ts';
import { findBrokenSeal } from './seal.ts';

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
/** The fixed part of the header before each entry. */
const HEADER_BYTES = 30;

export type Archive = {
  manifest: Manifest;
  /** The content of one entry of the manifest, with what was read checked against it. @throws Error at the end of it */
  read(entry: ManifestEntry): AsyncIterable<Buffer>;
  close(): Promise<void>;
};

/**
 * Opens an archive after its seal was checked, and refuses what Salon did not write so: compressed, encrypted, linked,
 * doubled, overlapping, unexpected or missing entries, names that lead elsewhere, other sizes than the manifest's.
 * @throws Error with one sentence that names the archive, the entry and the reason
 */
export async function openArchive(path: string, signal?: AbortSignal): Promise<Archive> {
  const refuse = (why: string) => new Error(`${basename(path)} is refused: ${why}`);
  const unreadable = (cause: unknown) => {
    throw new Error(`${basename(path)} cannot be read: ${reasonOf(cause)}`, { cause });
  };
  // Whoever names an archive may name a link to it.
  const target = await realpath(path).catch(unreadable);
  const broken = await findBrokenSeal(target, signal).catch(unreadable);
  if (broken) throw refuse(broken);
  const { default: yauzl } = await import('yauzl');
  let file: FileHandle | undefined;
  try {
    file = await openRegular(target);
    const { fd } = file;
    const opened = await yauzl.fromFdPromise(fd, { autoClose: false, strictFileNames: true });
    const entries = await readEntries(opened);
    const manifest = await readManifest(opened, entries.get(MANIFEST));
    compare(manifest, entries);
    return {
      manifest,
      read: (entry) => readChecked(opened, entries.get(entry.name), entry, refuse),
      close: async () => file?.close(),
    };
  } catch (cause) {
    await file?.close();
    throw refuse(reasonOf(cause));
  }
}

/** Reads everything in the archive once. @throws Error as `openArchive` */
export async function checkContents(
  archive: Archive,
  options: { onProgress?: (part: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { files } = archive.manifest;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const entry of files) {
    for await (const chunk of archive.read(entry)) {
      options.signal?.throwIfAborted();
      done += chunk.length;
    }
    options.onProgress?.(done / Math.max(1, total));
  }
}

async function readEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (entries.has(name)) throw new Error(`"${name}" is in it twice`);
    if (name !== MANIFEST && !isArchiveName(name)) throw new Error(`"${name}" does not belong into a backup`);
    if (entry.isEncrypted()) throw new Error(`"${name}" is encrypted`);
    const mode = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
    if (mode !== REGULAR && mode !== 0) throw new Error(`"${name}" is a link or no file`);
    if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize)
      throw new Error(`"${name}" is compressed, which Salon never does`);
    entries.set(name, entry);
  }
  let end = 0;
  const inOrder = [...entries.values()].sort(
    (a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  );
  for (const entry of inOrder) {
    if (entry.relativeOffsetOfLocalHeader < end)
      throw new Error(`"${entry.fileName}" overlaps another entry`);
    end = entry.relativeOffsetOfLocalHeader + HEADER_BYTES + entry.compressedSize;
  }
  return entries;
}

async function readManifest(zip: ZipFile, entry: Entry | undefined): Promise<Manifest> {
  if (!entry) throw new Error(`${MANIFEST} is missing`);
  if (entry.uncompressedSize > MAX_MANIFEST_BYTES) throw new Error(`${MANIFEST} is too large`);
  const text = (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
  const parsed = manifestShape.safeParse(readJson(text));
  const format = (readJson(text) as { format?: unknown } | undefined)?.format;
  if (typeof format === 'number' && format > FORMAT)
    throw new Error('it was written by a newer Salon: use that one');
  if (!parsed.success)
    throw new Error(`${MANIFEST} is damaged: ${parsed.error.issues[0]?.path.join('.') ?? ''}`);
  return parsed.data;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function compare(manifest: Manifest, entries: Map<string, Entry>): void {
  if (!manifest.files.some(({ name }) => name === DATABASE)) throw new Error(`"${DATABASE}" is missing`);
  const expected = new Set([MANIFEST]);
  for (const { name, bytes } of manifest.files) {
    if (expected.has(name)) throw new Error(`"${name}" is in the manifest twice`);
    expected.add(name);
    const entry = entries.get(name);
    if (!entry) throw new Error(`"${name}" is missing`);
    if (entry.uncompressedSize !== bytes)
      throw new Error(`"${name}" has another size than the manifest says`);
  }
  for (const name of entries.keys())
    if (!expected.has(name)) throw new Error(`"${name}" is not in the manifest`);
}

async function* readChecked(
  zip: ZipFile,
  found: Entry | undefined,
  entry: ManifestEntry,
  refuse: (why: string) => Error,
): AsyncGenerator<Buffer> {
  if (!found) throw refuse(`"${entry.name}" is missing`);
  const hash = createHash('sha256');
  let source: Readable;
  try {
    source = await zip.openReadStreamPromise(found);
  } catch (cause) {
    throw refuse(`"${entry.name}" cannot be read: ${reasonOf(cause)}`);
  }
  for await (const chunk of source) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
  }
  if (hash.digest('hex') !== entry.sha256)
    throw refuse(`"${entry.name}" has another checksum than the manifest says`);
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  return cause instanceof Error ? cause.message : String(cause);
}
