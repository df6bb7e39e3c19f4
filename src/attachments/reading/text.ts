import { AppError } from '../../lib/errors.ts';
import { normalizeText } from '../../lib/text.ts';

/** In bytes; about a quarter of a million tokens. */
export const MAX_TEXT_BYTES = 1_000_000;
const MEGABYTE = 1_000_000;

/**
 * The text of a file in UTF-8, or in UTF-16 with a mark of its byte order.
 * @throws AppError `attachment_too_large`, `attachment_type` for what is no text
 */
export function readText(bytes: Buffer): string {
  const text = decode(bytes);
  if (text === undefined || text.includes('\0')) throw new AppError('attachment_type');
  if (bytes.length > MAX_TEXT_BYTES) {
    const size = Math.ceil((bytes.length / MEGABYTE) * 10) / 10;
    throw new AppError('attachment_too_large', { params: { size, max: MAX_TEXT_BYTES / MEGABYTE } });
  }
  return normalizeText(text);
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodingOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
