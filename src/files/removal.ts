import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Log } from '../platform/log.ts';
import type { Renditions } from './renditions.ts';
import type { FileRow, FileStore } from './store.ts';

const AT_ONCE = 200;

type Deps = {
  store: FileStore;
  blobs: Blobs;
  renditions: Pick<Renditions, 'remove'>;
  isBeingWritten: (id: string) => boolean;
  log: Log;
};

/** Removes the bytes of files that were given up, and forgets a file only when its bytes are gone. */
export function createRemoval({ store, blobs, renditions, isBeingWritten, log }: Deps) {
  let last: Promise<void> = Promise.resolve();

  async function remove(row: FileRow): Promise<void> {
    try {
      if (row.place !== null) await blobs.remove(row.place);
      await renditions.remove(row.id);
      await store.forget(row.id);
    } catch (error) {
      log.error('file could not be removed', { file: row.id, place: row.place, cause: String(error) });
    }
  }

  async function removeAll(): Promise<void> {
    for (let after = ''; ;) {
      const rows = await store.listRemoving(after, AT_ONCE);
      for (const row of rows) if (!isBeingWritten(row.id)) await remove(row);
      const end = rows.at(-1);
      if (end === undefined || rows.length < AT_ONCE) return;
      after = end.id;
    }
  }

  return {
    /** One at a time; resolves when what was given up before this call is gone. Never throws. */
    sweep(): Promise<void> {
      last = last.then(removeAll).catch((error: unknown) => {
        log.error('files that were given up are left for later', { cause: String(error) });
      });
      return last;
    },
  };
}
