import type { Db } from '../../../platform/db/db.ts';

/** How long a temporary conversation lives after its last message: 24 hours, in milliseconds. */
export const TEMPORARY_MS = 24 * 60 * 60_000;

export const statements = {
  keep: `update conversations set kind = 'normal', expires_at = null
    where id = ? and owner_id = ? and kind = 'temporary' and deleted_at is null`,
  // Into the trash and out of it again in one step: from here on it is taken apart like anything deleted permanently.
  markExpired: `update conversations set deleted_at = coalesce(deleted_at, ?), purged_at = ? where id in
    (select id from conversations where expires_at <= ? and purged_at is null order by expires_at limit ?)`,
} as const;

/** Temporary conversations: made normal ones, or ended when their time is over. */
export function createTemporaryStore(db: Db) {
  return {
    keep: (id: string, ownerId: string) => db.run(statements.keep, [id, ownerId]),
    /** @returns how many were marked, at most `limit` */
    markExpired: (now: number, limit: number) => db.run(statements.markExpired, [now, now, now, limit]),
  };
}
