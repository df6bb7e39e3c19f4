import { createHash } from 'node:crypto';
import PQueue from 'p-queue';
import { AppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import {
  importImage,
  importPixels,
  MAX_UPLOAD_PIXELS,
  type UploadedImage,
} from '../../platform/image-upload.ts';
import { createLane } from '../../platform/worker-thread/lane.ts';
import { startWorker } from '../../platform/worker-thread/start-worker.ts';
import { kindOf } from './kind.ts';
import { readText } from './text.ts';
import type { ReadingJob, ReadingResult } from './worker.ts';

/** What is stored of a file, and what a model will get of it. */
export type ReadFile = { bytes: Buffer; sha256: string; type: string } & (
  | { kind: 'image'; format: 'png' | 'jpeg'; original: Size; size: Size }
  | { kind: 'text'; text: string }
  | { kind: 'pdf'; text: string; pages: number }
);
type Size = { width: number; height: number };

/** In pixels; no model sees more of an image, so more is not kept. */
const MAX_SIDE = 2048;
const MAX_PDF_PAGES = 500;
/** In UTF-16 units: 500 pages of close print. */
const MAX_PDF_CHARACTERS = 2_000_000;
/** A HEIC image of 48 megapixels takes up to ten seconds, a PDF of 500 pages about five. */
const MAX_READING_MS = 20_000;
/** Decoding a large image takes up to 200 MB. */
const IMAGES_AT_ONCE = 2;

/** Reads files that people attach, each by its content. What is slow or delicate is read in a worker thread. */
export function createReader({ log }: { log: Log }) {
  const lane = createLane<ReadingJob>({
    startWorker: () => startWorker('attachment-worker', new URL('./worker.ts', import.meta.url)),
    reportFault: (cause) => log.warn('a file ended the thread that reads files', { cause: String(cause) }),
  });
  const images = new PQueue({ concurrency: IMAGES_AT_ONCE });

  /** @throws AppError saying why the file cannot be read */
  async function inThread(job: ReadingJob): Promise<Extract<ReadingResult, { outcome: 'read' }>> {
    const result = await lane.run<ReadingResult>(job, MAX_READING_MS);
    if (result === undefined) throw new AppError('attachment_slow');
    if (result.outcome === 'read') return result;
    if (result.outcome === 'encrypted') throw new AppError('attachment_encrypted');
    if (result.outcome === 'too_much_text') throw new AppError('attachment_text');
    if (result.outcome === 'too_many_pages')
      throw new AppError('attachment_pages', { params: { pages: result.pages, max: MAX_PDF_PAGES } });
    if (result.outcome === 'too_many_pixels')
      throw new AppError('attachment_pixels', { params: { width: result.width, height: result.height } });
    throw new AppError('attachment_unreadable');
  }

  async function readHeic(bytes: Buffer): Promise<UploadedImage> {
    const pixels = await inThread({ kind: 'heic', bytes, maxPixels: MAX_UPLOAD_PIXELS });
    if (pixels.kind !== 'heic') throw new AppError('attachment_unreadable');
    return importPixels(pixels, MAX_SIDE);
  }

  async function readPdf(bytes: Buffer): Promise<ReadFile> {
    const limits = { maxPages: MAX_PDF_PAGES, maxCharacters: MAX_PDF_CHARACTERS };
    const read = await inThread({ kind: 'pdf', bytes, ...limits });
    if (read.kind !== 'pdf') throw new AppError('attachment_unreadable');
    if (!read.pages.some((page) => /[\p{L}\p{N}]/u.test(page))) throw new AppError('attachment_scanned');
    const text = joinPages(read.pages);
    return {
      kind: 'pdf',
      type: 'application/pdf',
      bytes,
      sha256: hash(bytes),
      text,
      pages: read.pages.length,
    };
  }

  return {
    /** @throws AppError `attachment_…` saying why the file cannot be read */
    async read(bytes: Buffer): Promise<ReadFile> {
      if (bytes.length === 0) throw new AppError('attachment_empty');
      const kind = kindOf(bytes);
      if (kind === 'pdf') return readPdf(bytes);
      if (kind === 'text')
        return { kind, type: 'text/plain', bytes, sha256: hash(bytes), text: readText(bytes) };
      const read = () => (kind === 'heic' ? readHeic(bytes) : importImage(bytes, MAX_SIDE));
      return toImageFile(await images.add(read));
    },
    close: () => lane.close(),
  };
}

function toImageFile({ bytes, sha256, format, width, height, ...image }: UploadedImage): ReadFile {
  const original = { width: image.originalWidth, height: image.originalHeight };
  const known = format === 'png' ? 'png' : 'jpeg';
  return {
    kind: 'image',
    type: `image/${known}`,
    format: known,
    bytes,
    sha256,
    size: { width, height },
    original,
  };
}

/** A model is told where a page begins, so that it can name it. */
const joinPages = (pages: readonly string[]) =>
  pages.map((page, i) => `[Page ${i + 1}]\n${page.trim()}`).join('\n\n');

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
