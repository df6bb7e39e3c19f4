import { createHash } from 'node:crypto';
import type sharpModule from 'sharp';
import type { Sharp } from 'sharp';
import { AppError } from '../lib/errors.ts';

/** The only importer of sharp, and only when the first image comes: it costs 30 ms and several megabytes at start. */
export const imageFormats = ['png', 'webp', 'jpeg', 'avif'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** An image on its way from one format to another. */
export type Decoded = Sharp;
export type Image = { bytes: Buffer; width: number; height: number; format: ImageFormat; sha256: string };

/** Limits of ours (the library alone lets 268 megapixels through): four times the largest image that is offered. */
export const MAX_IMAGE_BYTES = 50 * 1024 * 1024;
const MAX_PIXELS = 40_000_000;
const MAX_SIDE = 16_384;
const MAX_RENDITION_SIDE = 2048;
const MAX_SECONDS = 20;

/** JPEG and WebP at 88 look like the original; AVIF's scale is another one. */
const DEFAULT_QUALITY = { png: 100, webp: 88, jpeg: 88, avif: 60 } as const;

/**
 * Decodes an image of unknown origin as a whole and encodes it anew: upright, in sRGB, without any metadata.
 * `quality` is 1 to 100.
 * @throws AppError `upstream_image_unreadable` when it is no image, is broken, or exceeds the limits
 */
export async function encodeImage(
  bytes: Buffer,
  { format, quality }: { format: ImageFormat; quality?: number },
): Promise<Image> {
  const decoded = await open(bytes);
  return encode(decoded, format, quality);
}

type Size = {
  width?: number | undefined;
  height?: number | undefined;
  format?: ImageFormat | undefined;
};

/**
 * A smaller copy that fits into `width` and `height` (pixels, at most 2048, never enlarged); without `format` in the
 * format of the original.
 * @throws AppError `upstream_image_unreadable`
 */
export async function rendition(bytes: Buffer, { width, height, format }: Size): Promise<Image> {
  const decoded = await open(bytes);
  const bounded = decoded.resize({
    width: side(width),
    height: side(height),
    fit: 'inside',
    withoutEnlargement: true,
  });
  return encode(bounded, format ?? sniffImage(bytes) ?? 'webp');
}

/** Width and height in pixels. @throws AppError `upstream_image_unreadable` when it is no image, or exceeds the limits */
export async function imageSize(bytes: Buffer): Promise<{ width: number; height: number }> {
  const { width, height } = await (await open(bytes)).metadata();
  return { width, height };
}

/** Renders an SVG of our own making as PNG. Never give it one from outside: SVG can refer to files. */
export async function rasterise(svg: string, width: number, height: number): Promise<Buffer> {
  const sharp = await loadSharp();
  return sharp(Buffer.from(svg), { limitInputPixels: MAX_PIXELS })
    .resize(width, height, { fit: 'fill' })
    .png({ compressionLevel: 6 })
    .toBuffer();
}

/** The format that the first bytes name; nothing for anything but the four raster formats that are taken. */
export function sniffImage(bytes: Buffer): ImageFormat | undefined {
  if (bytes.subarray(0, 8).equals(pngSignature)) return 'png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg';
  const [container, kind] = [bytes.toString('latin1', 0, 4), bytes.toString('latin1', 8, 12)];
  if (container === 'RIFF' && kind === 'WEBP') return 'webp';
  return bytes.toString('latin1', 4, 8) === 'ftyp' && (kind === 'avif' || kind === 'avis')
    ? 'avif'
    : undefined;
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

async function open(bytes: Buffer): Promise<Decoded> {
  // Checked before the library sees the bytes, so that no rarely used decoder (SVG, TIFF, PDF) can be reached.
  if (bytes.length > MAX_IMAGE_BYTES || sniffImage(bytes) === undefined) throw unreadable();
  const input = await startDecoding(bytes, MAX_PIXELS);
  const { width, height, pages = 1 } = await readHeader(input);
  const isTooLarge = width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS;
  if (isTooLarge || pages > 1) throw unreadable();
  return input;
}

/**
 * For files whose format was checked: whole or not at all, upright, the first frame, within limits of time and pixels;
 * `false`: of any size, to read the header alone.
 */
export async function startDecoding(bytes: Buffer, maxPixels: number | false): Promise<Decoded> {
  const sharp = await loadSharp();
  const options = { failOn: 'error', sequentialRead: true, animated: false, autoOrient: true } as const;
  return sharp(bytes, { ...options, limitInputPixels: maxPixels }).timeout({ seconds: MAX_SECONDS });
}

/** Pixels that were decoded elsewhere: red, green, blue and alpha, a byte each. */
export async function fromPixels(pixels: {
  data: Uint8Array;
  width: number;
  height: number;
}): Promise<Decoded> {
  const { data, width, height } = pixels;
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 4 } }).timeout({ seconds: MAX_SECONDS });
}

/** What the file says about itself. @throws AppError `upstream_image_unreadable` */
export const readHeader = (input: Decoded) =>
  input.metadata().catch((cause: unknown) => {
    throw unreadable(cause);
  });

/** @throws AppError `upstream_image_unreadable` */
export async function encode(
  input: Decoded,
  format: ImageFormat,
  quality: number = DEFAULT_QUALITY[format],
): Promise<Image> {
  try {
    const { data, info } = await encoders[format](input.toColourspace('srgb'), quality).toBuffer({
      resolveWithObject: true,
    });
    const sha256 = createHash('sha256').update(data).digest('hex');
    return { bytes: data, width: info.width, height: info.height, format, sha256 };
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** What is built in to decode images, for diagnostics. */
export async function libraryVersions(): Promise<{ vips: string; sharp: string }> {
  const { versions } = await loadSharp();
  return { vips: versions.vips, sharp: versions.sharp };
}

const encoders: Record<ImageFormat, (input: Sharp, quality: number) => Sharp> = {
  png: (input) => input.png({ compressionLevel: 6 }),
  webp: (input, quality) => input.webp({ quality }),
  // JPEG knows no transparency; without this it would come out black.
  jpeg: (input, quality) => input.flatten({ background: '#ffffff' }).jpeg({ quality }),
  avif: (input, quality) => input.avif({ quality, effort: 2 }),
};

async function loadSharp(): Promise<typeof sharpModule> {
  const { default: sharp } = await import('sharp');
  // One thread an image and no cache: many images at once must not starve the streams or keep memory.
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

function side(wanted: number | undefined): number {
  return Math.min(MAX_RENDITION_SIDE, Math.max(1, Math.round(wanted ?? MAX_RENDITION_SIDE)));
}

function unreadable(cause?: unknown): AppError {
  return new AppError('upstream_image_unreadable', { cause });
}
