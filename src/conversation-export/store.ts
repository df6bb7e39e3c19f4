import type { AttachmentRow as StoredAttachment } from '../attachments/attachments.ts';
import type { ImageRow as StoredImage } from '../images/images.ts';
import type { Db } from '../platform/db/db.ts';

export type ConversationRow = {
  id: string;
  title: string;
  title_is_own: number;
  summary: string | null;
  summary_message_id: string | null;
  model: string | null;
  system_prompt: string | null;
  parameters: string;
  pinned: number;
  archived: number;
  leaf_id: string;
  source: string | null;
  external_id: string | null;
  external_updated_at: number | null;
  origin_id: string | null;
  origin_kind: string | null;
  origin_summary: string | null;
  /** Where the origin was imported from itself, and what it is called there. */
  origin_source: string | null;
  origin_external_id: string | null;
  created_at: number;
  updated_at: number;
};

export type MessageRow = {
  id: string;
  parent_id: string | null;
  seq: number;
  role: 'user' | 'assistant' | 'hidden';
  kind: 'text' | 'image';
  content: string;
  status: string | null;
  finish_reason: string | null;
  error: string | null;
  model: string | null;
  variant: string | null;
  branch_name: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  usage_estimated: number | null;
  thinking_ms: number | null;
  thinking_tokens: number | null;
  thinking: string | null;
  external_id: string | null;
  is_copy: number;
  created_at: number;
  ended_at: number | null;
};

export type AttachmentRow = Omit<StoredAttachment, 'owner_id'> & { message_id: string; text: string | null };
export type ImageRow = Omit<StoredImage, 'owner_id' | 'job_id' | 'bytes' | 'sha256' | 'error' | 'deleted_at'>;

/** Where a list goes on: after the row with this time and id. */
export type Key = { at: number; id: string };

const conversation = `id, title, title_is_own, summary, summary_message_id, model, system_prompt, parameters, pinned, archived, leaf_id,
  source, external_id, external_updated_at, origin_id, origin_kind, origin_summary,
  (select o.source from conversations o where o.id = conversations.origin_id) as origin_source,
  (select o.external_id from conversations o where o.id = conversations.origin_id) as origin_external_id,
  created_at, updated_at`;
// What is temporary or in the trash is in no export.
const isExported = `deleted_at is null and kind = 'normal'`;
const message = `m.id, nullif(m.parent_id, m.conversation_id) as parent_id, m.seq, m.role, m.kind,
  (select t.text from message_texts t where t.id = m.id) as content, m.status, m.finish_reason, m.error, m.model, m.variant,
  m.branch_name, m.prompt_tokens, m.completion_tokens, m.usage_estimated, m.thinking_ms, m.thinking_tokens,
  (select string_agg(p.text, '' order by p.position) from thinking_pieces p where p.message_id = m.id) as thinking,
  m.external_id, m.copied_from is not null as is_copy, m.created_at, m.ended_at`;
const image = `i.id, i.message_id, i.file_id, i.filename, i.status, i.position, i.title, i.favourite, i.prompt, i.first_prompt,
  i.new_prompt, i.model, i.size, i.quality, i.background, i.format, i.width, i.height, i.created_at`;
const listPage = (archived: 0 | 1) => `select ${conversation} from conversations
  where owner_id = ? and ${isExported} and archived = ${archived} and (updated_at, id) > (?, ?)
  order by updated_at, id limit ?`;

export const statements = {
  find: `select ${conversation} from conversations where id = ? and owner_id = ? and ${isExported}`,
  listCurrent: listPage(0),
  listArchived: listPage(1),
  /** All messages but the root, in the order of their making. */
  listMessages: `select ${message} from messages m
    where m.conversation_id = ? and m.owner_id = ? and m.seq > ? and m.parent_id is not null order by m.seq limit ?`,
  newestLeafBelow: `with recursive down (id, depth) as (
      select m.id, 0 from messages m where m.id = ? and m.conversation_id = ? and m.owner_id = ? and m.role <> 'hidden'
      union all
      select (select m.id from messages m where m.parent_id = down.id and m.role <> 'hidden' order by m.seq desc limit 1),
        down.depth + 1
      from down where down.id is not null)
    select id from down where id is not null order by depth desc limit 1`,
  /** From the end of a branch up to its first message. */
  branchIds: `with recursive branch (id, parent_id) as (
      select m.id, m.parent_id from messages m where m.id = ? and m.conversation_id = ? and m.owner_id = ? and m.role <> 'hidden'
      union all
      select m.id, m.parent_id from branch join messages m on m.id = branch.parent_id where m.role <> 'hidden')
    select id from branch`,
  listByIds: `select ${message} from messages m
    where m.id in (select value from json_each(?)) and m.conversation_id = ? and m.owner_id = ? order by m.seq`,
  listAttachments: `select l.message_id, a.id, a.file_id, a.kind, a.name, a.type, a.bytes, a.width, a.height, a.original_width,
      a.original_height, a.pages, a.tokens,
      a.text, a.created_at
    from message_attachments l join attachments a on a.id = l.attachment_id
    where l.message_id in (select value from json_each(?)) and a.owner_id = ? order by l.message_id, l.position`,
  listImages: `select ${image} from images i
    where i.message_id in (select value from json_each(?)) and i.owner_id = ? and i.deleted_at is null
      and i.status <> 'pending' order by i.message_id, i.position, i.id`,
  /** Those of the library that belong to no conversation. */
  listLibrary: `select ${image} from images i
    where i.owner_id = ? and i.deleted_at is null and i.status = 'ready' and i.message_id is null
      and (i.created_at, i.id) > (?, ?) order by i.created_at, i.id limit ?`,
} as const;

/** What an export holds, read a page at a time; every look-up goes through the owner. */
export function createConversationExportStore(db: Db) {
  return {
    find: (id: string, ownerId: string) => db.get<ConversationRow>(statements.find, [id, ownerId]),
    list: (ownerId: string, archived: boolean, after: Key, limit: number) =>
      db.all<ConversationRow>(archived ? statements.listArchived : statements.listCurrent, [
        ownerId,
        after.at,
        after.id,
        limit,
      ]),
    listMessages: (conversationId: string, ownerId: string, after: number, limit: number) =>
      db.all<MessageRow>(statements.listMessages, [conversationId, ownerId, after, limit]),
    newestLeafBelow: async (id: string, conversationId: string, ownerId: string) =>
      (await db.get<{ id: string }>(statements.newestLeafBelow, [id, conversationId, ownerId]))?.id,
    /** Ids of a branch, its first message first. */
    branchIds: async (leafId: string, conversationId: string, ownerId: string) =>
      (await db.all<{ id: string }>(statements.branchIds, [leafId, conversationId, ownerId]))
        .map(({ id }) => id)
        .reverse(),
    listByIds: (ids: readonly string[], conversationId: string, ownerId: string) =>
      db.all<MessageRow>(statements.listByIds, [JSON.stringify(ids), conversationId, ownerId]),
    listAttachments: (messageIds: readonly string[], ownerId: string) =>
      db.all<AttachmentRow>(statements.listAttachments, [JSON.stringify(messageIds), ownerId]),
    listImages: (messageIds: readonly string[], ownerId: string) =>
      db.all<ImageRow>(statements.listImages, [JSON.stringify(messageIds), ownerId]),
    listLibrary: (ownerId: string, after: Key, limit: number) =>
      db.all<ImageRow>(statements.listLibrary, [ownerId, after.at, after.id, limit]),
  };
}

export type ConversationExportStore = ReturnType<typeof createConversationExportStore>;
