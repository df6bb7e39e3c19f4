import type { Db } from '../../../platform/db/db.ts';

const inTrash = 'deleted_at is not null and purged_at is null';

export const statements = {
  mark: `update conversations set purged_at = ? where id = ? and owner_id = ? and ${inTrash}`,
  markDeleted: `update conversations set purged_at = ? where id in
    (select id from conversations where owner_id = ? and ${inTrash} and deleted_at <= ? order by deleted_at, id limit ?)`,
  markExpired: `update conversations set purged_at = ? where id in
    (select id from conversations where ${inTrash} and deleted_at <= ? order by deleted_at, id limit ?)`,
  // A time ahead: a conversation that is being copied, and goes unless it is whole by then.
  listMarked: 'select id from conversations where purged_at <= ? order by id limit ?',
  // Newest first: what answers a message goes in the same step or an earlier one, so that a step does not grow by cascade.
  removeMessages: `delete from messages where id in
    (select id from messages where conversation_id = ? order by seq desc limit ?)`,
  removeConversation: 'delete from conversations where id = ? and purged_at is not null',
} as const;

/** The end of conversations: marked first, from where there is no way back, then taken apart. */
export function createPurgeStore(db: Db) {
  return {
    mark: (id: string, ownerId: string, now: number) => db.run(statements.mark, [now, id, ownerId]),
    /** Those that were deleted up to an instant, by everybody or by one person. */
    markDeleted: (where: { before: number; ownerId?: string | undefined }, limit: number, now: number) =>
      where.ownerId === undefined
        ? db.run(statements.markExpired, [now, where.before, limit])
        : db.run(statements.markDeleted, [now, where.ownerId, where.before, limit]),
    /** Those marked up to an instant. */
    listMarked: async (now: number, limit: number) =>
      (await db.all<{ id: string }>(statements.listMarked, [now, limit])).map(({ id }) => id),
    removeMessages: (id: string, limit: number) => db.run(statements.removeMessages, [id, limit]),
    removeConversation: (id: string) => db.run(statements.removeConversation, [id]),
  };
}
