import { randomUUID } from 'node:crypto';
import { AppError } from '../../lib/errors.ts';
import type { SentImage } from '../provider.ts';

export type FilePart = { name: string; image: SentImage };

export type Multipart = {
  contentType: string;
  /** The length of the whole, known beforehand. */
  bytes: number;
  /** Reads the images as they are needed, one after the other. @throws AppError `internal` when one cannot be read */
  content: AsyncIterable<Uint8Array>;
};

const LINE_END = Buffer.from('\r\n');

/** A `multipart/form-data` body (RFC 7578) with fields first and images after them. Names are ours, never a person's. */
export function multipart(
  fields: Readonly<Record<string, string | number | boolean | undefined>>,
  files: readonly FilePart[],
): Multipart {
  const boundary = `salon-${randomUUID()}`;
  const head = (disposition: string, more = '') =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`;
  const texts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${head(`name="${name}"`)}${String(value)}\r\n`);
  const start = Buffer.from(texts.join(''));
  const parts = files.map(({ name, image }, at) => {
    const filename = `${at + 1}.${image.type.slice('image/'.length)}`;
    const type = `Content-Type: ${image.type}\r\n`;
    return { image, head: Buffer.from(head(`name="${name}"; filename="${filename}"`, type)) };
  });
  const end = Buffer.from(`--${boundary}--\r\n`);
  const sizes = parts.map((part) => part.head.length + part.image.bytes + LINE_END.length);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: sizes.reduce((sum, size) => sum + size, start.length + end.length),
    content: contentOf(start, parts, end),
  };
}

async function* contentOf(
  start: Buffer,
  parts: readonly { head: Buffer; image: SentImage }[],
  end: Buffer,
): AsyncGenerator<Uint8Array> {
  yield start;
  for (const { head, image } of parts) {
    yield head;
    yield* piecesOf(image);
    yield LINE_END;
  }
  yield end;
}

/** The length was told to the server beforehand: a file that has become another one ends the call. */
async function* piecesOf({ bytes, open }: SentImage): AsyncGenerator<Uint8Array> {
  let left = bytes;
  try {
    for await (const piece of await open()) {
      left -= piece.length;
      if (left < 0) break;
      yield piece;
    }
  } catch (cause) {
    throw new AppError('internal', { cause });
  }
  if (left !== 0) throw new AppError('internal', { cause: new Error('an image is not as long as was told') });
}
