import type { Files } from '../files/files.ts';
import { isAppError } from '../lib/errors.ts';
import type { AttachmentStore, UnusedRow } from './store.ts';

/** So long somebody may leave a message unsent, before what is attached to it goes. A draft keeps it for longer. */
const KEPT_UNUSED_MS = 24 * 60 * 60_000;
const AT_ONCE = 100;

type Deps = { store: AttachmentStore; files: Pick<Files, 'purge' | 'sweep'>; now: () => number };

/** Removes what no message and no draft has any more. */
export function createUnusedRemoval({ store, files, now }: Deps) {
  let last: Promise<void> = Promise.resolve();

  async function remove({ id, file_id: fileId }: UnusedRow): Promise<void> {
    const purge = fileId === null ? [] : [files.purge(fileId)];
    // Used after all, or in a draft: it stays.
    await store.batch([store.unusedRemoval(id), ...purge]).catch((error: unknown) => {
      if (!isAppError(error, 'conflict')) throw error;
    });
  }

  async function removeAll(): Promise<void> {
    const before = now() - KEPT_UNUSED_MS;
    for (let after = { unused_since: -1, id: '' }; ;) {
      const rows = await store.listUnused(before, after, AT_ONCE);
      for (const row of rows) await remove(row);
      const end = rows.at(-1);
      if (end === undefined || rows.length < AT_ONCE) break;
      after = end;
    }
    await files.sweep();
  }

  return {
    /** One at a time. */
    sweep(): Promise<void> {
      last = last.catch(() => undefined).then(removeAll);
      return last;
    },
    /** Waits for a sweep that runs. */
    close: () => last.catch(() => undefined),
  };
}
