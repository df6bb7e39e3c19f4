import { textOrFileNames } from '../../attachments/attachments.ts';
import type { Db, Statement } from '../../platform/db/db.ts';
import { isShown, messageColumns, type MessageRow } from '../store.ts';
import type { ReplyContext } from './choose.ts';

/** How far up from the end of a branch its newest answer is looked for: the last may be waiting, or have failed. */
const MAX_STEPS_TO_ANSWER = 6;

/** The end of a branch within a budget of bytes, at least its last message; the texts of others are not read. */
const end = `with recursive branch (id, parent_id, depth, bytes) as (
    select m.id, m.parent_id, 0, octet_length(m.content) from messages m
    where m.id = ? and m.conversation_id = ? and ${isShown}
    union all
    select m.id, m.parent_id, branch.depth + 1, branch.bytes + octet_length(m.content)
    from branch join messages m on m.id = branch.parent_id
    where branch.depth + 1 < ? and branch.bytes + octet_length(m.content) <= ? and ${isShown})`;

export const statements = {
  branchEnd: `${end}
    select ${messageColumns}, (select coalesce(sum(a.tokens), 0) from message_attachments x
      join attachments a on a.id = x.attachment_id where x.message_id = m.id) as attachment_tokens
    from branch join messages m on m.id = branch.id`,
  // Written with the end of the answer, which may have been deleted meanwhile.
  keep: `insert into reply_contexts (message_id, content) select id, ? from messages
    where id = ? and status in ('queued', 'running')
    on conflict (message_id) do update set content = excluded.content`,
  find: `select c.content from reply_contexts c join messages m on m.id = c.message_id
    where c.message_id = ? and m.owner_id = ?`,
  findNewest: `with recursive up (id, parent_id, depth) as (
      select m.id, m.parent_id, 0 from messages m where m.id = ? and m.owner_id = ?
      union all
      select m.id, m.parent_id, up.depth + 1 from up join messages m on m.id = up.parent_id where up.depth < ?)
    select c.content from up join reply_contexts c on c.message_id = up.id order by up.depth limit 1`,
  // From the question up to the oldest message that was sent.
  listSent: `with recursive up (id, parent_id, depth) as (
      select m.id, m.parent_id, 0 from messages m where m.id = ? and m.owner_id = ?
      union all
      select m.id, m.parent_id, up.depth + 1 from up join messages m on m.id = up.parent_id
      where up.id <> ? and up.depth + 1 < ? and ${isShown})
    select m.id, m.role, m.kind, ${textOrFileNames('m.id', 'substr(m.content, 1, 300)')} as beginning, octet_length(m.content) as bytes
    from up join messages m on m.id = up.id order by up.depth`,
} as const;

/** A message with the tokens of what is attached to it. */
export type SizedRow = MessageRow & { attachment_tokens: number };
export type SentRow = {
  id: string;
  role: 'user' | 'assistant';
  kind: 'text' | 'image';
  beginning: string;
  bytes: number;
};
type Found = { content: string };

const read = (row: Found | undefined) => row && (JSON.parse(row.content) as ReplyContext);

/** What models were sent, and the texts that they can be sent. */
export function createContextStore(db: Db) {
  return {
    /** The messages that end with `lastId`, oldest first, at most so many and so many bytes. */
    branchEnd: async (lastId: string, conversationId: string, max: { messages: number; bytes: number }) => {
      const params = [lastId, conversationId, max.messages, max.bytes];
      const rows = await db.all<SizedRow>(statements.branchEnd, params);
      return rows.sort((one, other) => one.seq - other.seq);
    },
    find: async (replyId: string, ownerId: string) =>
      read(await db.get<Found>(statements.find, [replyId, ownerId])),
    /** Of the last answer on the way to a message that has one. */
    findNewest: async (leafId: string, ownerId: string) =>
      read(await db.get<Found>(statements.findNewest, [leafId, ownerId, MAX_STEPS_TO_ANSWER])),
    /** From the newest to the oldest. */
    listSent: (questionId: string, ownerId: string, first: string, limit: number) =>
      db.all<SentRow>(statements.listSent, [questionId, ownerId, first, limit]),
  };
}

export type ContextStore = ReturnType<typeof createContextStore>;

/** To be written with the end of an answer, before it has ended. */
export const keepContext = (replyId: string, context: ReplyContext): Statement => ({
  sql: statements.keep,
  params: [JSON.stringify(context), replyId],
});
