import type { ReadingJob } from './worker.ts';

export type HeicResult =
  /** Red, green, blue and alpha of each pixel, a byte each; upright already. */
  | { outcome: 'read'; kind: 'heic'; data: Uint8Array<ArrayBuffer>; width: number; height: number }
  | { outcome: 'unreadable' }
  | { outcome: 'too_many_pixels'; width: number; height: number };

type HeicJob = Extract<ReadingJob, { kind: 'heic' }>;

/** The pixels of the first image of a HEIC file, as phones take them. */
export async function readHeic({ bytes, maxPixels }: HeicJob): Promise<HeicResult> {
  try {
    const { default: decode } = await import('heic-decode');
    const images = await decode.all({ buffer: bytes });
    try {
      const [first] = images;
      if (!first) return { outcome: 'unreadable' };
      const { width, height } = first;
      if (width * height > maxPixels) return { outcome: 'too_many_pixels', width, height };
      const { data } = await first.decode();
      return { outcome: 'read', kind: 'heic', data: new Uint8Array(data.buffer), width, height };
    } finally {
      images.dispose();
    }
  } catch {
    return { outcome: 'unreadable' };
  }
}
