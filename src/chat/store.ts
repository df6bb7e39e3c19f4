import { RENDERER_VERSION } from '../lib/markdown/markdown.ts';
import type { Db, Statement } from '../platform/db/db.ts';

export type ReplyStatus = 'queued' | 'running' | 'complete' | 'stopped' | 'failed' | 'interrupted';

/** A copy of a branch, or a new beginning from a summary. */
export type OriginKind = 'fork' | 'summary';

export type ConversationRow = {
  id: string;
  owner_id: string;
  title: string;
  title_is_own: number;
  summary: string | null;
  model: string | null;
  system_prompt: string | null;
  parameters: string;
  pinned: number;
  archived: number;
  /** The end of the current branch; the root of a conversation without messages. */
  leaf_id: string;
  /** Of a temporary one: when it is deleted permanently. */
  expires_at: number | null;
  /** Which conversation it goes on from, null also when that is gone, and how. */
  origin_id: string | null;
  origin_kind: OriginKind | null;
  created_at: number;
  updated_at: number;
};

export type MessageRow = {
  id: string;
  conversation_id: string;
  owner_id: string;
  /** The root has the id of the conversation. */
  parent_id: string;
  seq: number;
  role: 'user' | 'assistant';
  kind: 'text' | 'image';
  content: string;
  client_id: string | null;
  status: ReplyStatus | null;
  finish_reason: string | null;
  error: string | null;
  model: string | null;
  variant: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  usage_estimated: number | null;
  thinking_ms: number | null;
  thinking_tokens: number | null;
  /** Which message it is a copy of, in a forked conversation. */
  copied_from: string | null;
  created_at: number;
  ended_at: number | null;
};

export type WindowRow = MessageRow & { source_length: number | null; html: string | null };
export type WindowSize = { messages: number; bytes: number };

/** The columns of a `ConversationRow`. */
export const conversationColumns = `id, owner_id, title, title_is_own, summary, model, system_prompt, parameters, pinned, archived, leaf_id, expires_at,
  origin_id, origin_kind, created_at, updated_at`;
// A reply that runs has its newest text in pieces; this view joins them.
const textOfMessage = '(select t.text from message_texts t where t.id = m.id)';
export const messageColumns = `m.id, m.conversation_id, m.owner_id, m.parent_id, m.seq, m.role, m.kind, ${textOfMessage} as content, m.client_id, m.status,
  m.finish_reason, m.error, m.model, m.variant, m.prompt_tokens, m.completion_tokens, m.usage_estimated, m.thinking_ms, m.thinking_tokens,
  m.copied_from, m.created_at, m.ended_at`;
// The root and what stands for hidden parts of an imported conversation are no messages for anybody.
export const isShown = `m.role <> 'hidden'`;
/** A message and those above it up to the root, at most so many. */
const branch = `with recursive branch (id, parent_id, depth) as (
    select m.id, m.parent_id, 0 from messages m where m.id = ? and m.conversation_id = ? and ${isShown}
    union all
    select m.id, m.parent_id, branch.depth + 1 from branch join messages m on m.id = branch.parent_id
    where branch.depth < ? and ${isShown})`;

/** A question comes before its answer. Sorting in SQLite would copy the text of all rows: 2 ms instead of half a one. */
const bySeq = (one: MessageRow, other: MessageRow) => one.seq - other.seq;

export const statements = {
  insertConversation: `insert into conversations
      (id, owner_id, client_id, title, title_is_own, model, system_prompt, parameters, leaf_id, kind, expires_at, created_at, updated_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (owner_id, client_id) do nothing`,
  insertRoot: `insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
    select id, id, owner_id, 0, 'hidden', '', created_at from conversations where id = ?`,
  findConversation: `select ${conversationColumns} from conversations where id = ? and owner_id = ? and deleted_at is null`,
  findDeleted: `select ${conversationColumns} from conversations
    where id = ? and owner_id = ? and deleted_at is not null and purged_at is null and kind = 'normal'`,
  findByClientId: `select ${conversationColumns} from conversations where owner_id = ? and client_id = ?`,
  listConversations: `select ${conversationColumns} from conversations
    where owner_id = ? and deleted_at is null and kind = 'normal' and archived = 0 and (updated_at, id) < (?, ?) order by updated_at desc, id desc limit ?`,
  listSummaries: `select id, summary from conversations
    where owner_id = ? and deleted_at is null and kind = 'normal' and summary is not null order by updated_at desc, id desc limit ?`,
  deleteConversation:
    'update conversations set deleted_at = ? where id = ? and owner_id = ? and deleted_at is null',
  restoreConversation: `update conversations set deleted_at = null
      where id = ? and owner_id = ? and deleted_at is not null and purged_at is null and kind = 'normal'`,

  findMessage: `select ${messageColumns} from messages m join conversations c on c.id = m.conversation_id
    where m.id = ? and m.owner_id = ? and c.deleted_at is null and ${isShown}`,
  findQuestionByClientId: `select ${messageColumns} from messages m where m.conversation_id = ? and m.client_id = ?`,
  findReplyTo: `select ${messageColumns} from messages m where m.parent_id = ? and m.role = 'assistant' order by m.seq limit 1`,
  liveReplyTo: `select id from messages where parent_id = ? and status in ('queued', 'running') limit 1`,
  siblingsOf: `select m.id from messages m where m.parent_id = ? and ${isShown} order by m.seq`,
  branch: `${branch}
    select ${messageColumns} from branch join messages m on m.id = branch.id`,
  // The end of a branch within a budget of bytes, at least the last exchange, with what is rendered of it.
  branchWindow: `with recursive branch (id, parent_id, depth, bytes) as (
      select m.id, m.parent_id, 0, octet_length(m.content) from messages m
      where m.id = ? and m.conversation_id = ? and ${isShown}
      union all
      select m.id, m.parent_id, branch.depth + 1, branch.bytes + octet_length(m.content)
      from branch join messages m on m.id = branch.parent_id
      where branch.depth + 1 < ? and (branch.depth = 0 or branch.bytes + octet_length(m.content) <= ?) and ${isShown})
    select ${messageColumns}, r.source_length, r.html from branch join messages m on m.id = branch.id
    left join rendered_answers r on r.message_id = m.id and r.renderer_version = ?`,
  findPlace: `select m.id, m.parent_id from messages m where m.id = ? and m.conversation_id = ? and ${isShown}`,
  siblings: `${branch}
    select m.id, m.parent_id from branch join messages m on m.parent_id = branch.parent_id
    where ${isShown} order by m.seq`,
  newestLeafBelow: `with recursive down (id, depth) as (
      select m.id, 0 from messages m where m.id = ? and m.conversation_id = ?
      union all
      select (select m.id from messages m where m.parent_id = down.id and ${isShown} order by m.seq desc limit 1),
        down.depth + 1
      from down where down.id is not null)
    select id from down where id is not null order by depth desc limit 1`,
  // Found in the index alone: each stream that opens asks, and must not read the texts of a whole conversation for it.
  changedSince: `select ${messageColumns} from messages m where m.id in
    (select c.id from messages c indexed by messages_changes where c.conversation_id = ? and c.owner_id = ?
      and (c.created_at >= ? or c.ended_at >= ? or c.status in ('queued', 'running')) order by c.seq desc limit ?)
      and ${isShown}
    order by m.seq desc`,
  countActive: 'select count(*) as count from active_work where owner_id = ?',
} as const;

/** Conversations and messages as rows; every look-up goes through the owner. */
export function createChatStore(db: Db) {
  return {
    batch: (list: Statement[]) => db.batch(list),
    findConversation: (id: string, ownerId: string) =>
      db.get<ConversationRow>(statements.findConversation, [id, ownerId]),
    findDeleted: (id: string, ownerId: string) =>
      db.get<ConversationRow>(statements.findDeleted, [id, ownerId]),
    findByClientId: (ownerId: string, clientId: string) =>
      db.get<ConversationRow>(statements.findByClientId, [ownerId, clientId]),
    listConversations: (ownerId: string, before: { updatedAt: number; id: string }, limit: number) =>
      db.all<ConversationRow>(statements.listConversations, [ownerId, before.updatedAt, before.id, limit]),
    listSummaries: (ownerId: string, limit: number) =>
      db.all<{ id: string; summary: string }>(statements.listSummaries, [ownerId, limit]),
    deleteConversation: (id: string, ownerId: string, now: number) =>
      db.run(statements.deleteConversation, [now, id, ownerId]),
    restoreConversation: (id: string, ownerId: string) =>
      db.run(statements.restoreConversation, [id, ownerId]),

    findMessage: (id: string, ownerId: string) => db.get<MessageRow>(statements.findMessage, [id, ownerId]),
    findQuestionByClientId: (conversationId: string, clientId: string) =>
      db.get<MessageRow>(statements.findQuestionByClientId, [conversationId, clientId]),
    findReplyTo: (questionId: string) => db.get<MessageRow>(statements.findReplyTo, [questionId]),
    /** Whether an answer to this question waits or is being written. */
    isBeingAnswered: async (questionId: string) =>
      (await db.get(statements.liveReplyTo, [questionId])) !== undefined,
    /** Ids of all answers to one question, in the order of their making. */
    siblingsOf: async (parentId: string) =>
      (await db.all<{ id: string }>(statements.siblingsOf, [parentId])).map(({ id }) => id),
    /** The last `depth` + 1 messages on the way to `leafId`, oldest first. */
    branch: async (leafId: string, conversationId: string, depth: number) =>
      (await db.all<MessageRow>(statements.branch, [leafId, conversationId, depth])).sort(bySeq),
    /** The messages that end with `lastId`, oldest first: at most so many and so many bytes, but at least two. */
    branchWindow: async (lastId: string, conversationId: string, { messages, bytes }: WindowSize) => {
      const params = [lastId, conversationId, messages, bytes, RENDERER_VERSION];
      return (await db.all<WindowRow>(statements.branchWindow, params)).sort(bySeq);
    },
    findPlace: (id: string, conversationId: string) =>
      db.get<{ id: string; parent_id: string }>(statements.findPlace, [id, conversationId]),
    /** Ids of the messages beside each one of a branch, by parent, in the order of their making. */
    siblings: async (leafId: string, conversationId: string, depth: number) => {
      type Sibling = { id: string; parent_id: string };
      const siblings = new Map<string, string[]>();
      for (const row of await db.all<Sibling>(statements.siblings, [leafId, conversationId, depth])) {
        const known = siblings.get(row.parent_id);
        if (known) known.push(row.id);
        else siblings.set(row.parent_id, [row.id]);
      }
      return siblings;
    },
    newestLeafBelow: async (id: string, conversationId: string) =>
      (await db.get<{ id: string }>(statements.newestLeafBelow, [id, conversationId]))?.id,

    /** Messages made or ended since `at`, and those being written: the newest `limit`, oldest first. */
    changedSince: async (conversationId: string, ownerId: string, at: number, limit: number) =>
      (await db.all<MessageRow>(statements.changedSince, [conversationId, ownerId, at, at, limit])).reverse(),
    countActive: async (ownerId: string) =>
      (await db.get<{ count: number }>(statements.countActive, [ownerId]))?.count ?? 0,
  };
}

export type ChatStore = ReturnType<typeof createChatStore>;
