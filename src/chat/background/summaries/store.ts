import { textOrFileNames } from '../../../attachments/attachments.ts';
import type { Db } from '../../../platform/db/db.ts';
import { isShown } from '../../store.ts';
import { isWanted } from '../titles/store.ts';

export const statements = {
  find: `select summary, summary_message_id, leaf_id from conversations
    where id = ? and owner_id = ? and deleted_at is null and kind = 'normal'`,
  // From the end of the branch up to what the summary covers, the newest first.
  listNew: `with recursive up (id, parent_id, depth) as (
      select m.id, m.parent_id, 0 from messages m where m.id = ? and m.owner_id = ?
      union all
      select m.id, m.parent_id, up.depth + 1 from up join messages m on m.id = up.parent_id
      where up.depth + 1 < ? and m.id is not ? and ${isShown})
    select m.id, m.role, ${textOrFileNames('m.id', 'substr(m.content, 1, ?)')} as beginning from up join messages m on m.id = up.id
    where m.kind = 'text' and ${isShown} order by up.depth`,
  // Decides and notes in one: for the same messages nobody asks twice.
  claim: `update conversations set summary_message_id = ?
    where id = ? and owner_id = ? and summary_message_id is ? and deleted_at is null and kind = 'normal' and ${isWanted}`,
  setSummary: `update conversations set summary = ?
    where id = ? and owner_id = ? and summary_message_id = ? and summary is ? and deleted_at is null`,
} as const;

export type SummaryRow = { summary: string | null; summary_message_id: string | null; leaf_id: string };
export type NewMessageRow = { id: string; role: 'user' | 'assistant'; beginning: string };

/** Summaries that a model makes, and up to which message each one goes. */
export function createSummaryStore(db: Db) {
  return {
    find: (id: string, ownerId: string) => db.get<SummaryRow>(statements.find, [id, ownerId]),
    /** Those after `coveredId`, at most `limit`, each as far as `characters`. */
    listNew: (
      leafId: string,
      ownerId: string,
      since: { coveredId: string | null; limit: number; characters: number },
    ) =>
      db.all<NewMessageRow>(statements.listNew, [
        leafId,
        ownerId,
        since.limit,
        since.coveredId,
        since.characters,
      ]),
    /** @returns false when somebody else summarises the same, or nobody wants that */
    claim: async (
      id: string,
      ownerId: string,
      { covers, covered }: { covers: string; covered: string | null },
    ) => (await db.run(statements.claim, [covers, id, ownerId, covered])) > 0,
    /** Not when it was edited meanwhile. */
    setSummary: (
      id: string,
      ownerId: string,
      { summary, covers, before }: { summary: string; covers: string; before: string | null },
    ) => db.run(statements.setSummary, [summary, id, ownerId, covers, before]),
  };
}
