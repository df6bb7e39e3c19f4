import { AppError, invalid, type FieldError } from '../lib/errors.ts';
import { normalizeText } from '../lib/text.ts';
import { MAX_IMAGE_BYTES } from '../platform/image-codec.ts';
import { edgesOf, takenSize } from '../provider/images/free-size.ts';
import type { ImageFamily } from '../provider/provider.ts';

export type ImageRequest = {
  prompt: string;
  model?: string | undefined;
  size?: string | undefined;
  quality?: string | undefined;
  background?: string | undefined;
  format?: string | undefined;
  /** 0 to 100, the more the better. */
  compression?: number | undefined;
  moderation?: string | undefined;
  n?: number | undefined;
};

/** What is sent and stored; only what the model's family takes. */
export type CheckedRequest = {
  prompt: string;
  model: string | null;
  size: string | null;
  quality: string | null;
  background: string | null;
  format: string;
  compression: number | null;
  moderation: string | null;
  count: number;
};

/** In UTF-16 units; the longest that an image model is known to take. */
export const MAX_PROMPT = 32_000;
const imageFormats = ['png', 'webp', 'jpeg', 'avif'];

/**
 * Checks a request against what the model takes, and fills in the defaults of the settings where the model knows them.
 * @throws AppError `invalid` naming each wrong field
 */
export function checkRequest(
  request: ImageRequest,
  family: ImageFamily,
  defaults: { size: string; quality: string },
): CheckedRequest {
  const fields: FieldError[] = [];
  const pick = (field: string, value: string | undefined, known: readonly string[], fallback: string) => {
    if (known.length === 0) return null;
    if (value === undefined) return known.includes(fallback) ? fallback : (known[0] ?? null);
    if (!known.includes(value)) fields.push({ field, message: 'unknown_value' });
    return value;
  };
  const prompt = normalizeText(request.prompt).trim();
  if (prompt === '') fields.push({ field: 'prompt', message: 'empty_prompt' });
  if (prompt.length > MAX_PROMPT) throw invalid('prompt', 'too_long', { max: MAX_PROMPT });
  const count = request.n ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > family.maxCount)
    fields.push({ field: 'n', message: 'count_range' });
  const format = pick(
    'format',
    request.format,
    family.formats.length > 0 ? family.formats : imageFormats,
    'png',
  );
  const checked = {
    prompt,
    model: request.model ?? null,
    // A model of free sizes gets the nearest one that it takes: the job names it.
    size: takenSize(family, request.size ?? '') ?? pick('size', request.size, family.sizes, defaults.size),
    quality: pick('quality', request.quality, family.qualities, defaults.quality),
    background: pick('background', request.background, family.backgrounds, 'auto'),
    format: format ?? 'png',
    compression: family.takesCompression ? (request.compression ?? null) : null,
    moderation: pick('moderation', request.moderation, family.moderations, 'auto'),
    count,
  };
  fields.push(...conflictsIn(checked));
  if (fields.length > 0) throw new AppError('invalid', { fields, params: { min: 1, max: family.maxCount } });
  return checked;
}

/** Choices that do not go together. */
function conflictsIn({ background, format, compression }: CheckedRequest): FieldError[] {
  const conflicts: FieldError[] = [];
  // A JPEG has no transparency: the image would come back on black.
  if (background === 'transparent' && format === 'jpeg')
    conflicts.push({ field: 'format', message: 'unknown_value' });
  if (compression !== null && !isLossy(format))
    conflicts.push({ field: 'compression', message: 'lossy_only' });
  return conflicts;
}

const isLossy = (format: string) => format === 'jpeg' || format === 'webp';

/** Width and height in pixels of a size such as `1536x1024`; a square for `auto` and everything else. */
export function pixelsOf(size: string | null): { width: number; height: number } {
  return edgesOf(size ?? '') ?? { width: 1024, height: 1024 };
}

/** PNG at its worst, noise with transparency: four bytes a pixel, one for each row, and what deflate adds to it. */
const PNG_BYTES_PER_PIXEL = 4.04;
/** The lossy formats at their worst, with a lossless alpha channel; photographs take a tenth of it. */
const LOSSY_BYTES_PER_PIXEL = 3;
/** Headers of the file. */
const HEADER_BYTES = 4096;

/**
 * How many bytes an image can have at most, by its pixels: so much is reserved until its size is known. A size that the
 * model chooses counts as the largest that it offers. A server that sends more than was asked for can exceed it.
 */
export function maxBytesOf(image: { size: string | null; format: string }, sizes: readonly string[]): number {
  const known = /^\d+x\d+$/.test(image.size ?? '') ? [image.size] : [null, ...sizes];
  const areas = known.map((size) => {
    const { width, height } = pixelsOf(size);
    return width * height;
  });
  const perPixel = image.format === 'png' ? PNG_BYTES_PER_PIXEL : LOSSY_BYTES_PER_PIXEL;
  return Math.min(MAX_IMAGE_BYTES, Math.ceil(Math.max(...areas) * perPixel) + HEADER_BYTES);
}
