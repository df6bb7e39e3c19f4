import { AppError } from '../../lib/errors.ts';
import type { Fields, Log } from '../../platform/log.ts';
import { MAX_IMAGE_BYTES, sniffImage } from '../../platform/image-codec.ts';
import { fetchImage, type FetchOptions } from './fetch-image.ts';

/** One entry of `data` in an image answer, as it came. */
export type ImageItem = unknown;

/**
 * The bytes of one image, given as base64 or as a URL. They begin like an image; whether they are a whole one
 * is found out by decoding.
 * @throws AppError `upstream_no_image`, `upstream_image_unreadable`, `upstream_too_large`, `upstream_image_url`
 */
export async function imageBytes(
  item: ImageItem,
  options: FetchOptions & { log: Log; fields: Fields },
): Promise<Buffer> {
  const { log, fields } = options;
  const { b64_json: base64, url } = (item ?? {}) as { b64_json?: unknown; url?: unknown };
  const inUrl = typeof url === 'string' && url.startsWith('data:') ? url : undefined;
  if (inUrl !== undefined || (base64 !== undefined && base64 !== null && (base64 !== '' || !url))) {
    const bytes = decodeImage(inUrl ?? base64);
    log.info('image bytes received', { ...fields, bytes: bytes.length });
    return bytes;
  }
  if (url === undefined || url === null) {
    log.warn('no image in the answer', fields);
    throw new AppError('upstream_no_image');
  }
  log.info('image URL received', fields);
  log.debug('image URL', { ...fields, url: withoutQuery(url) });
  const bytes = await fetchImage(url, options);
  log.info('image bytes received', { ...fields, bytes: bytes.length });
  return bytes;
}

/** The bytes of an image in base64, which may stand in a `data:` URL. @throws AppError `upstream_image_unreadable`, `upstream_too_large` */
export function decodeImage(base64: unknown): Buffer {
  if (typeof base64 !== 'string') throw new AppError('upstream_image_unreadable');
  // Four characters hold three bytes; measured before anything of that size is allocated.
  if (base64.length > (MAX_IMAGE_BYTES / 3) * 4 + 100) throw new AppError('upstream_too_large');
  const bytes = Buffer.from(base64.replace(/^data:[\w.+-]{1,20}\/[\w.+-]{1,20}[^,]{0,100},/, ''), 'base64');
  if (sniffImage(bytes) === undefined) throw new AppError('upstream_image_unreadable');
  return bytes;
}

/** The query of an image's URL is a signature that opens it. */
function withoutQuery(given: unknown): string {
  if (typeof given !== 'string' || !URL.canParse(given)) return 'not a URL';
  const url = new URL(given);
  return url.origin + url.pathname;
}
