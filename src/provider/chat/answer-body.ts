import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  type BrotliDecompress,
  type Gunzip,
} from 'node:zlib';
import { AppError } from '../../lib/errors.ts';

type Reader = {
  /** Takes a piece of the body as text; true when nothing more is to come. */
  feed(slice: string): boolean;
  end(): void;
  /** Something arrived, be it a comment. */
  onBytes(): void;
};

/** A body normally ends right after `[DONE]`, which frees its connection for the next call. */
const AFTER_DONE_MS = 2_000;

/**
 * Reads the body of an answer to its end, or until its reader has enough. A body that comes packed though it was not asked
 * to be is unpacked: gzip by its first bytes, the others by their label.
 * @throws what the reader throws; AppError `upstream_cut` when the connection breaks; the system's error
 */
export function readAnswerBody(response: IncomingMessage, reader: Reader): Promise<void> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let unpack: Gunzip | BrotliDecompress | undefined;
    let isFirst = true;

    const guarded = (step: () => boolean) => {
      try {
        if (!step()) return;
        const late = setTimeout(() => response.destroy(), AFTER_DONE_MS);
        response.once('close', () => clearTimeout(late));
        resolve();
      } catch (error) {
        // The reason may come from the caller's own `onText`; either way nothing more is read.
        response.pause();
        unpack?.destroy();
        reject(error);
      }
    };
    const feed = (bytes: Buffer) => guarded(() => reader.feed(decoder.write(bytes)));
    const end = () =>
      guarded(() => {
        reader.feed(decoder.end());
        reader.end();
        return true;
      });

    response.on('data', (bytes: Buffer) => {
      reader.onBytes();
      if (isFirst) {
        isFirst = false;
        unpack = unpackerOf(bytes, response.headers['content-encoding']);
        unpack?.on('data', feed).on('end', end).on('error', broken);
      }
      if (unpack) unpack.write(bytes);
      else feed(bytes);
    });
    const broken = (cause: Error) => reject(new AppError('upstream_cut', { cause }));
    response.on('end', () => (unpack ? unpack.end() : end()));
    response.on('error', reject);
    response.on('close', () => {
      // What is packed may still be on its way through the unpacker.
      if (!unpack || !response.complete) reject(new AppError('upstream_cut'));
    });
  });
}

function unpackerOf(first: Buffer, encoding = ''): Gunzip | BrotliDecompress | undefined {
  if (first[0] === 0x1f && first[1] === 0x8b) return createGunzip();
  if (/\bdeflate\b/i.test(encoding)) return createInflate();
  return /\bbr\b/i.test(encoding) ? createBrotliDecompress() : undefined;
}
