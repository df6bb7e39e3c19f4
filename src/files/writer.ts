import { isAppError } from '../lib/errors.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Statement } from '../platform/db/db.ts';
import type { FileStore } from './store.ts';

export type NewContent = { place: string; bytes: Uint8Array; sha256: string };
/** What is stored in the same transactions: before the bytes are written, and when they are there. */
type Together = { before?: readonly Statement[]; ready: readonly Statement[] };
type Deps = { store: FileStore; blobs: Blobs; limit: () => number };

/** Turns reservations into files. */
export function createWriter({ store, blobs, limit }: Deps) {
  const busy = new Set<string>();

  async function settle(id: string, { place, bytes, sha256 }: NewContent, before: readonly Statement[]) {
    const settlement = store.settlement({ id, place, bytes: bytes.length, sha256, limit: limit() });
    try {
      await store.batch([settlement, ...before]);
      return true;
    } catch (error) {
      if (!isAppError(error, 'quota_reached')) throw error;
      const isReserved = (await store.find(id))?.state === 'reserved';
      if (isReserved) throw error;
      return false;
    }
  }

  async function makeReady(id: string, place: string, ready: readonly Statement[]): Promise<boolean> {
    try {
      await store.batch([store.readiness(id), ...ready]);
      return true;
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
      // Given up while its bytes were written.
      await blobs.remove(place);
      return false;
    }
  }

  return {
    /** Its bytes may come at any moment: they can be removed only afterwards. */
    isBusy: (id: string) => busy.has(id),

    async commit(id: string, content: NewContent, { before = [], ready }: Together): Promise<boolean> {
      busy.add(id);
      try {
        if (!(await settle(id, content, before))) return false;
        await blobs.put(content.place, content.bytes);
        return await makeReady(id, content.place, ready);
      } finally {
        busy.delete(id);
      }
    },

    async takeUp(id: string, ready: readonly Statement[]): Promise<boolean> {
      const row = await store.find(id);
      const found = row?.state === 'reserved' && row.place ? await blobs.stat(row.place) : undefined;
      if (!row || found?.bytes !== row.bytes) return false;
      await store.batch([store.readiness(id), ...ready]);
      return true;
    },
  };
}
