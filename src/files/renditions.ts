import PQueue from 'p-queue';
import { AppError, isAppError } from '../lib/errors.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Log } from '../platform/log.ts';
import { rendition, type ImageFormat } from '../platform/image-codec.ts';
import type { StoredFile } from './files.ts';
import { createRenditionCache } from './rendition-cache.ts';

/** Width and height in pixels, into which the copy fits. */
export type View = {
  width?: number | undefined;
  height?: number | undefined;
  format?: ImageFormat | undefined;
};
type Source = { id: string; format: string; original: StoredFile };
type Wanted = { name: string; width: number | undefined; height: number | undefined; format: ImageFormat };

/** Few sizes, so that nobody can have a copy made for every pixel. */
const STEPS = [32, 64, 128, 256, 512, 1024, 2048];
/** Decoding takes a core and up to 160 MB each. */
const MADE_AT_ONCE = 2;
const MAX_BYTES = 2_000_000_000;

type Deps = {
  blobs: Blobs;
  /** Whether an original is still there. */
  isKept(id: string): Promise<boolean>;
  log: Log;
  maxRenditionBytes?: number;
};

/** Smaller copies of images: made once when first asked for, few at a time, and kept while there is room. */
export function createRenditions({ blobs, isKept, log, maxRenditionBytes = MAX_BYTES }: Deps) {
  const cache = createRenditionCache({ blobs, isKept, log, maxBytes: maxRenditionBytes });
  const queue = new PQueue({ concurrency: MADE_AT_ONCE });
  const making = new Map<string, Promise<StoredFile | undefined>>();
  /** The last copy of each original that is being made: the next one waits for it. */
  const turns = new Map<string, Promise<unknown>>();

  async function make({ id, original }: Source, { name, ...size }: Wanted): Promise<StoredFile | undefined> {
    const smaller = await rendition(await readAll(original), size).catch((cause: unknown) => {
      // Damaged on our disk: the sentence about the model server would mislead.
      throw isAppError(cause, 'not_found') ? cause : new AppError('not_found', { cause });
    });
    return cache.put(id, name, smaller.bytes);
  }

  function makeInTurn(source: Source, wanted: Wanted): Promise<StoredFile | undefined> {
    const before = turns.get(source.id) ?? Promise.resolve();
    const made = before.then(() => queue.add(() => make(source, wanted)));
    const turn = made.catch(() => undefined);
    turns.set(source.id, turn);
    void turn.then(() => {
      making.delete(wanted.name);
      if (turns.get(source.id) === turn) turns.delete(source.id);
    });
    making.set(wanted.name, made);
    return made;
  }

  return {
    /** A full disk must not take the library away: then it is the original. @throws AppError `not_found` */
    async open(source: Source, view: View): Promise<StoredFile & { format: string }> {
      const wanted = wantedOf(source, view);
      const kept =
        (await cache.find(wanted.name)) ?? (await (making.get(wanted.name) ?? makeInTurn(source, wanted)));
      return kept ? { ...kept, format: wanted.format } : { ...source.original, format: source.format };
    },
    /** Removes the copies of an original. */
    remove: cache.remove,
    /** Looks, in the background, at what an earlier process kept. */
    load: cache.load,
    async close(): Promise<void> {
      queue.clear();
      await queue.onIdle();
      await cache.close();
    },
  };
}

export type Renditions = ReturnType<typeof createRenditions>;

function wantedOf({ id, format: own }: Source, view: View): Wanted {
  const format = view.format ?? (own === 'png' ? 'webp' : (own as ImageFormat));
  const [width, height] = [stepOf(view.width), stepOf(view.height)];
  return { name: `${id}-${width ?? 0}x${height ?? 0}.${format}`, width, height, format };
}

function stepOf(pixels: number | undefined): number | undefined {
  return pixels === undefined ? undefined : (STEPS.find((step) => step >= pixels) ?? STEPS.at(-1));
}

async function readAll(file: StoredFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await file.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
