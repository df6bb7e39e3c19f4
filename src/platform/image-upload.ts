import { AppError, isAppError } from '../lib/errors.ts';
import {
  encode,
  fromPixels,
  readHeader,
  sniffImage,
  startDecoding,
  type Decoded,
  type Image,
} from './image-codec.ts';

/** What phones take at the most without being told to: 48 (Apple) and 50 (Samsung, Google) megapixels. */
export const MAX_UPLOAD_PIXELS = 50_200_000;
/** Above this a side is nothing that a camera or a screen makes; 200 panoramic pages would be one image. */
const MAX_UPLOAD_SIDE = 32_768;
/** Where a vendor names a limit for an image in a request, none is smaller (Anthropic: 5 MB). */
const MAX_SENT_BYTES = 5_000_000;
/** A model reads the words of a screenshot better without the marks of a strong compression. */
const JPEG_QUALITY = 90;

/** An image as it is kept, and the pixels that it came with. */
export type UploadedImage = Image & { originalWidth: number; originalHeight: number };
export type Pixels = { data: Uint8Array; width: number; height: number };

/** True for bytes that `importImage` takes. */
export const isImage = (bytes: Buffer): boolean => sniffImage(bytes) !== undefined || isGif(bytes);

/**
 * An image that a person uploads, made such that every model server takes it: PNG or JPEG, fitting into `maxSide`
 * pixels and 5 MB, upright, in sRGB, the first frame of an animation, without metadata.
 * @throws AppError `attachment_unreadable`, `attachment_pixels`
 */
export async function importImage(bytes: Buffer, maxSide: number): Promise<UploadedImage> {
  try {
    const { width, height, hasAlpha, autoOrient } = await readHeader(await startDecoding(bytes, false));
    requireFewPixels(width, height);
    const format = sniffImage(bytes);
    const isDrawing = format === 'png' || format === undefined || hasAlpha;
    const open = () => startDecoding(bytes, MAX_UPLOAD_PIXELS);
    const image = await shrink(open, { maxSide, format: isDrawing ? 'png' : 'jpeg' });
    return { ...image, originalWidth: autoOrient.width, originalHeight: autoOrient.height };
  } catch (cause) {
    throw toUploadError(cause);
  }
}

/** The same of pixels that were decoded elsewhere. @throws AppError `attachment_unreadable` */
export async function importPixels(pixels: Pixels, maxSide: number): Promise<UploadedImage> {
  try {
    const image = await shrink(() => fromPixels(pixels), { maxSide, format: 'jpeg' });
    return { ...image, originalWidth: pixels.width, originalHeight: pixels.height };
  } catch (cause) {
    throw toUploadError(cause);
  }
}

/** @throws AppError `attachment_pixels` */
export function requireFewPixels(width: number, height: number): void {
  if (width * height <= MAX_UPLOAD_PIXELS && Math.max(width, height) <= MAX_UPLOAD_SIDE) return;
  throw new AppError('attachment_pixels', { params: { width, height } });
}

type Wanted = { maxSide: number; format: 'png' | 'jpeg' };

/** A PNG that comes out too large becomes a JPEG. */
async function shrink(open: () => Promise<Decoded>, { maxSide, format }: Wanted): Promise<Image> {
  const size = { width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true } as const;
  const image = await encode((await open()).resize(size), format, JPEG_QUALITY);
  if (format === 'jpeg' || image.bytes.length <= MAX_SENT_BYTES) return image;
  return encode((await open()).resize(size), 'jpeg', JPEG_QUALITY);
}

const isGif = (bytes: Buffer) => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6));

const toUploadError = (cause: unknown) =>
  isAppError(cause, 'attachment_pixels') ? cause : new AppError('attachment_unreadable', { cause });
