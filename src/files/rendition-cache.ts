import { isAppError } from '../lib/errors.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Log } from '../platform/log.ts';
import type { StoredFile } from './files.ts';

type Deps = {
  blobs: Blobs;
  isKept(id: string): Promise<boolean>;
  log: Log;
  maxBytes: number;
};

/**
 * The smaller copies on the disk, named `<id>-<size>.<format>`, under one cap: what was not read for longest goes first.
 * When each was read is known in memory alone; after a start it is the order in which they were made.
 */
export function createRenditionCache({ blobs, isKept, log, maxBytes }: Deps) {
  /** Bytes by name, in the order of reading. */
  let kept = new Map<string, number>();
  const namesOf = new Map<string, Set<string>>();
  let total = 0;
  let loading: Promise<void> = Promise.resolve();

  function note(name: string, bytes: number): void {
    forget(name);
    kept.set(name, bytes);
    total += bytes;
    const id = idOf(name);
    namesOf.set(id, (namesOf.get(id) ?? new Set()).add(name));
  }

  function forget(name: string): void {
    total -= kept.get(name) ?? 0;
    kept.delete(name);
    const names = namesOf.get(idOf(name));
    names?.delete(name);
    if (names?.size === 0) namesOf.delete(idOf(name));
  }

  async function shrink(): Promise<void> {
    while (total > maxBytes) {
      const [oldest] = kept.keys();
      if (oldest === undefined) return;
      forget(oldest);
      await blobs.remove(oldest);
    }
  }

  async function read(): Promise<void> {
    const found: { name: string; bytes: number; modifiedAt: number }[] = [];
    const known = new Map<string, boolean>();
    for (const name of await blobs.list('')) {
      const id = idOf(name);
      if (!known.has(id)) known.set(id, await isKept(id));
      const stat = known.get(id) ? await blobs.stat(name) : undefined;
      if (stat) found.push({ name, ...stat });
      else await blobs.remove(name);
    }
    const later = kept;
    kept = new Map();
    total = 0;
    for (const { name, bytes } of found.sort((a, b) => a.modifiedAt - b.modifiedAt)) note(name, bytes);
    for (const [name, bytes] of later) note(name, bytes);
    await shrink();
  }

  const toFile = (name: string, bytes: number): StoredFile => ({
    bytes,
    open: (range) => blobs.open(name, range),
  });

  return {
    load(): void {
      loading = read().catch((error: unknown) => {
        log.error('smaller copies cannot be listed', { cause: String(error) });
      });
    },

    /** Undefined when there is none, or none any more. Counts as read. */
    async find(name: string): Promise<StoredFile | undefined> {
      const found = await blobs.stat(name);
      if (!found) return undefined;
      note(name, found.bytes);
      return toFile(name, found.bytes);
    },

    /** Keeps a copy. Undefined when it cannot be kept, or its original went meanwhile. */
    async put(id: string, name: string, bytes: Uint8Array): Promise<StoredFile | undefined> {
      try {
        await blobs.put(name, bytes);
      } catch (error) {
        if (!isAppError(error, 'conflict')) return undefined;
      }
      note(name, bytes.length);
      // Asked after it is there: whoever gives up the original from now on finds it.
      if (!(await isKept(id))) {
        forget(name);
        await blobs.remove(name);
        return undefined;
      }
      await shrink();
      return toFile(name, bytes.length);
    },

    async remove(id: string): Promise<void> {
      await loading;
      for (const name of [...(namesOf.get(id) ?? [])]) {
        forget(name);
        await blobs.remove(name);
      }
    },

    close: () => loading,
  };
}

const idOf = (name: string) => name.split('-')[0] ?? '';
