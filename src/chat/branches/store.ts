import { textOrFileNames } from '../../attachments/attachments.ts';
import type { Db } from '../../platform/db/db.ts';

/** So much of the first message of a branch is read for its first words. */
const EXCERPT_CHARACTERS = 400;
const isShown = `m.role <> 'hidden'`;
const start = textOrFileNames('m.id', `substr(m.content, 1, ${EXCERPT_CHARACTERS})`);

export const statements = {
  // No texts: a conversation has thousands of messages.
  outline: `select m.id, m.parent_id from messages m
    where m.conversation_id = ? and m.owner_id = ? and ${isShown} order by m.seq`,
  describe: `select m.id, m.role, ${start} as start, m.model, m.created_at, m.branch_name
    from messages m where m.owner_id = ? and m.id in (select value from json_each(?))`,
  rename: `update messages set branch_name = ? where id = ? and owner_id = ? and role <> 'hidden'`,
  // Whatever happens at the same time, one branch stays.
  touchUnlessOnly: `update conversations set updated_at = ? where deleted_at is null and exists (
      select 1 from messages x join messages s on s.parent_id = x.parent_id and s.id <> x.id and s.role <> 'hidden'
      where x.id = ? and x.owner_id = ? and x.conversation_id = conversations.id)
    and id = (select conversation_id from messages where id = ?)`,
  remove: 'delete from messages where owner_id = ? and id in (select value from json_each(?))',
  // The newest message is always the end of a branch.
  repairLeaf: `update conversations set leaf_id = coalesce(
      (select m.id from messages m where m.conversation_id = conversations.id and ${isShown} order by m.seq desc limit 1), id)
    where id = ? and not exists (select 1 from messages where messages.id = conversations.leaf_id)`,
} as const;

export type OutlineRow = { id: string; parent_id: string };
export type BranchRow = {
  id: string;
  role: 'user' | 'assistant';
  start: string;
  model: string | null;
  created_at: number;
  branch_name: string | null;
};

/** The branches of a conversation as rows. */
export function createBranchStore(db: Db) {
  return {
    /** All messages without their texts, each one after its parent. */
    outline: (conversationId: string, ownerId: string) =>
      db.all<OutlineRow>(statements.outline, [conversationId, ownerId]),
    describe: async (ids: readonly string[], ownerId: string) => {
      const rows = await db.all<BranchRow>(statements.describe, [ownerId, JSON.stringify(ids)]);
      return new Map(rows.map((row) => [row.id, row]));
    },
    rename: (id: string, ownerId: string, name: string | null) =>
      db.run(statements.rename, [name, id, ownerId]),
    /**
     * Removes these messages, which are the newest ones of a branch. `first`: where that branch begins.
     * @throws AppError `conflict` when there is no other branch beside it
     */
    remove: (
      where: { first: string; conversationId: string; ownerId: string },
      ids: readonly string[],
      now: number,
    ) =>
      db.batch([
        {
          sql: statements.touchUnlessOnly,
          params: [now, where.first, where.ownerId, where.first],
          mustChange: true,
        },
        { sql: statements.remove, params: [where.ownerId, JSON.stringify(ids)] },
        { sql: statements.repairLeaf, params: [where.conversationId] },
      ]),
  };
}
