import { notFound } from '../lib/errors.ts';
import type { Statement } from '../platform/db/db.ts';
import type { Limits } from './limits.ts';
import type { UsageStore } from './store.ts';

/** Decimal, as disks and prices are counted. */
export const MEGABYTE = 1_000_000;
/** What a picture counts as while it is being made: a square photograph as PNG has about so many bytes. */
const RESERVED_BYTES = 2 * MEGABYTE;

/** Bytes. `limit` 0: none. `ownLimit` null: the limit of everybody. */
export type Storage = { used: number; limit: number; ownLimit: number | null };

/** How much room each person's pictures take and may take. Pictures in the trash do not count: deleting makes room. */
export function createStorage(deps: { store: UsageStore; limits: Limits; now: () => number }) {
  const { store, limits, now } = deps;
  const common = () => limits.value('storage_mb') * MEGABYTE;

  return {
    /** @throws AppError `not_found` when there is no such person */
    async of(ownerId: string): Promise<Storage> {
      const row = await store.storage(ownerId, RESERVED_BYTES);
      if (!row) throw notFound();
      return { used: row.used, limit: row.own_limit ?? common(), ownLimit: row.own_limit };
    },

    /** Sets one person's own limit in bytes; 0 is none, null that of everybody. @throws AppError `not_found` */
    async setLimit(ownerId: string, bytes: number | null): Promise<void> {
      if ((await store.setStorageLimit(ownerId, bytes, now())) === 0) throw notFound();
    },

    /**
     * To be stored together with so many new pictures, before them: fails the whole batch with `quota_reached` when
     * there is no room. With 0 it stands after them. A job whose client id is known already passes.
     */
    guard: (ownerId: string, pictures: number, clientId?: string): Statement =>
      store.roomGuard({
        ...{ ownerId, clientId: clientId ?? null, limit: common() },
        ...{ pendingBytes: RESERVED_BYTES, more: pictures * RESERVED_BYTES, error: 'quota_reached' },
      }),
  };
}
