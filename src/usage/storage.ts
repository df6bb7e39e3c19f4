import { notFound } from '../lib/errors.ts';
import type { Limits } from './limit-settings.ts';
import type { UsageStore } from './store.ts';

/** Decimal, as disks and prices are counted. */
export const MEGABYTE = 1_000_000;

/** Bytes. `limit` 0: none. `ownLimit` null: the limit of everybody. */
export type Storage = { used: number; limit: number; ownLimit: number | null };

/** How much room each person's files may take. What they do take is counted by the feature that stores them. */
export function createStorage({
  store,
  limits,
  now,
}: {
  store: UsageStore;
  limits: Limits;
  now: () => number;
}) {
  return {
    /** The limit of everybody who has none of their own, in bytes; 0 is none. */
    limit: (): number => limits.value('storage_mb') * MEGABYTE,

    /** Sets one person's own limit in bytes; 0 is none, null that of everybody. @throws AppError `not_found` */
    async setLimit(ownerId: string, bytes: number | null): Promise<void> {
      if ((await store.setStorageLimit(ownerId, bytes, now())) === 0) throw notFound();
    },
  };
}
