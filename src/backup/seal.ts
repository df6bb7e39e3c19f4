import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import { openRegular } from '../platform/blobs/regular-file.ts';

/**
 * The seal is the comment at the end of the ZIP file: the SHA-256 of every byte before it. The checksums in the manifest
 * cover what is in the files; the seal covers the archive's own tables too, so that any changed byte is found.
 */
const PREFIX = 'salon sha256 ';
const SEAL_BYTES = PREFIX.length + 64;
/** The last field of a ZIP file without a comment: two bytes that say the comment's length. */
const LENGTH_BYTES = 2;
const END_BYTES = 22;
const END_SIGNATURE = 0x06054b50;

/** Passes an unsealed ZIP file through and puts the seal on its end. */
export function createSealer(): Transform {
  const hash = createHash('sha256');
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const all = Buffer.concat([held, chunk]);
      const cut = Math.max(0, all.length - LENGTH_BYTES);
      held = all.subarray(cut);
      done(null, all.subarray(0, cut));
    },
    flush(done) {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16LE(SEAL_BYTES);
      done(null, Buffer.concat([length, Buffer.from(PREFIX + hash.digest('hex'))]));
    },
  });
}

/**
 * What is wrong with the archive as a whole: cut off, changed, or not of ours; undefined when its seal is whole. Reads
 * the file once from end to end.
 */
export async function findBrokenSeal(path: string, signal?: AbortSignal): Promise<string | undefined> {
  const end = await readEnd(path);
  const isEnd = end.length === END_BYTES + SEAL_BYTES && end.readUInt32LE(0) === END_SIGNATURE;
  const comment = end.toString('latin1', END_BYTES);
  if (!isEnd || !comment.startsWith(PREFIX) || end.readUInt16LE(END_BYTES - LENGTH_BYTES) !== SEAL_BYTES)
    return 'it is cut off, or was not written by Salon: its end is missing';
  const { size } = await sizeOf(path);
  const hash = createHash('sha256');
  const file = await openRegular(path);
  const body = file.createReadStream({ end: size - SEAL_BYTES - LENGTH_BYTES - 1, highWaterMark: 1 << 20 });
  for await (const chunk of body) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  hash.update(Buffer.alloc(LENGTH_BYTES));
  if (hash.digest('hex') === comment.slice(PREFIX.length)) return undefined;
  return 'it was changed or damaged after it was written: its checksum is another one';
}

async function readEnd(path: string): Promise<Buffer> {
  const { size } = await sizeOf(path);
  const length = Math.min(size, END_BYTES + SEAL_BYTES);
  const file = await openRegular(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer;
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<{ size: number }> {
  const file = await openRegular(path);
  try {
    return await file.stat();
  } finally {
    await file.close();
  }
}
