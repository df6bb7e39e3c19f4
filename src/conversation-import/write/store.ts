import type { Db, Statement } from '../../platform/db/db.ts';
import type { ImportedAttachment, ImportedConversation, ImportedMessage } from '../imported.ts';

export type KnownConversation = {
  id: string;
  external_id: string | null;
  external_updated_at: number | null;
  deleted_at: number | null;
};

const known = 'id, external_id, external_updated_at, deleted_at';
const nextSeq = '(select coalesce(max(s.seq), 0) + 1 from messages s where s.conversation_id = c.id)';

export const statements = {
  find: `select ${known} from conversations where owner_id = ? and source = ? and external_id = ?`,
  // Salon's own export may come back to where it was made.
  findOwn: `select ${known} from conversations where owner_id = ? and id = ?`,
  listMessages: `select id, coalesce(external_id, id) as external_id from messages
    where conversation_id = ? and owner_id = ? and parent_id is not null`,
  insertConversation: `insert into conversations (id, owner_id, title, title_is_own, summary, model, system_prompt, parameters,
      pinned, archived, leaf_id, source, external_id, title_asked_at, created_at, updated_at, origin_kind, origin_summary)
    select ?, u.id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? from users u where u.id = ?
    on conflict (owner_id, source, external_id) where external_id is not null do nothing`,
  insertRoot: `insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
    select id, id, owner_id, 0, 'hidden', '', created_at from conversations where id = ? and owner_id = ?`,
  insertMessage: `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, kind, content, status, finish_reason,
      error, model, variant, branch_name, prompt_tokens, completion_tokens, usage_estimated, thinking_ms, thinking_tokens,
      external_id, copied_from, created_at, ended_at)
    select ?, c.id, c.owner_id, coalesce(?, c.id), ${nextSeq}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
    from conversations c where c.id = ? and c.owner_id = ? and c.deleted_at is null
    on conflict (conversation_id, external_id) where external_id is not null do nothing`,
  insertThinking: `insert into thinking_pieces (message_id, position, text)
    select m.id, 0, ? from messages m where m.id = ? and m.owner_id = ?`,
  // The branch that is shown moves only while nobody has gone on here.
  finish: `update conversations set external_updated_at = ?, updated_at = max(updated_at, ?),
      title = case title_is_own when 1 then title else ? end, summary_message_id = coalesce(?, summary_message_id),
      leaf_id = case when leaf_id = id or exists
        (select 1 from messages l where l.id = conversations.leaf_id and l.external_id is not null) then ? else leaf_id end
    where id = ? and owner_id = ? and external_id is not null`,
  // What it goes on from may come later in the archive, so this is done at the end.
  linkOrigin: `update conversations set origin_id = (select o.id from conversations o where o.owner_id = conversations.owner_id
      and (o.source = ? and o.external_id = ? or o.id = ?) and o.id <> conversations.id limit 1)
    where id = ? and owner_id = ? and origin_id is null and origin_kind is not null`,
  insertAttachment: `insert into attachments (id, owner_id, file_id, kind, name, type, bytes, width, height, original_width,
      original_height, pages, tokens, text, created_at)
    select ?, m.owner_id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? from messages m where m.id = ? and m.owner_id = ?`,
  linkAttachment: `insert into message_attachments (message_id, position, attachment_id)
    select m.id, ?, ? from messages m where m.id = ? and m.owner_id = ?`,
  hasAttachment: `select 1 as found from message_attachments l join messages m on m.id = l.message_id
    where l.message_id = ? and l.position = ? and m.owner_id = ?`,
} as const;

export type NewConversation = { id: string; ownerId: string; title: string; now: number };
export type NewMessage = { id: string; conversationId: string; ownerId: string; parentId: string | null };
export type NewAttachment = ImportedAttachment & {
  id: string;
  fileId: string | null;
  messageId: string;
  ownerId: string;
  position: number;
  width: number | null;
  height: number | null;
};

/** Imported conversations as rows. Every statement goes through the owner. */
export function createImportStore(db: Db) {
  return {
    /** What nobody was told is stored need not be on the disk yet: the end of the job makes it so. */
    batch: (list: readonly Statement[]) => db.batch(list, 'deferred'),
    find: (ownerId: string, source: string, externalId: string) =>
      db.get<KnownConversation>(statements.find, [ownerId, source, externalId]),
    findOwn: (ownerId: string, id: string) => db.get<KnownConversation>(statements.findOwn, [ownerId, id]),
    listMessages: (conversationId: string, ownerId: string) =>
      db.all<{ id: string; external_id: string }>(statements.listMessages, [conversationId, ownerId]),
    insertion: ({ id, ownerId, title, now }: NewConversation, from: ImportedConversation): Statement[] => [
      {
        sql: statements.insertConversation,
        params: [
          ...[
            id,
            title,
            Number(from.isOwnTitle),
            from.summary,
            from.model,
            from.systemPrompt,
            from.parameters,
          ],
          ...[
            Number(from.pinned),
            Number(from.archived),
            id,
            from.source,
            from.externalId,
            now,
            from.createdAt,
          ],
          ...[from.updatedAt, from.origin?.kind ?? null, from.origin?.summary ?? null, ownerId],
        ],
        mustChange: true,
      },
      { sql: statements.insertRoot, params: [id, ownerId] },
    ],
    messageInsertion: (place: NewMessage, message: ImportedMessage): Statement[] => {
      const { id, conversationId, ownerId, parentId } = place;
      const { usage, thinking } = message;
      const insertion = {
        sql: statements.insertMessage,
        params: [
          ...[
            id,
            parentId,
            message.role,
            message.kind,
            message.content,
            message.status,
            message.finishReason,
          ],
          ...[message.error, message.model, message.variant, message.branchName, usage?.promptTokens ?? null],
          ...[
            usage?.completionTokens ?? null,
            usage ? Number(usage.isEstimated) : null,
            thinking ? (thinking.ms ?? 0) : null,
          ],
          ...[thinking?.tokens ?? null, message.externalId, message.isCopy ? message.externalId : null],
          ...[message.createdAt, message.endedAt],
          ...[conversationId, ownerId],
        ],
      };
      if (!thinking?.text) return [insertion];
      return [insertion, { sql: statements.insertThinking, params: [thinking.text, id, ownerId] }];
    },
    finish: (
      { id, ownerId, title }: Pick<NewConversation, 'id' | 'ownerId' | 'title'>,
      {
        updatedAt,
        leafId,
        summaryMessageId,
      }: { updatedAt: number; leafId: string; summaryMessageId: string | null },
    ): Statement => ({
      sql: statements.finish,
      params: [updatedAt, updatedAt, title, summaryMessageId, leafId, id, ownerId],
    }),
    linkOrigin: (id: string, ownerId: string, from: { source: string; externalId: string }): Statement => ({
      sql: statements.linkOrigin,
      params: [from.source, from.externalId, from.externalId, id, ownerId],
    }),
    attachmentInsertion: (one: NewAttachment): Statement[] => [
      {
        sql: statements.insertAttachment,
        params: [
          ...[one.id, one.fileId, one.kind, one.name, one.type, one.bytes, one.width, one.height],
          ...[
            one.originalWidth,
            one.originalHeight,
            one.pages,
            one.tokens,
            one.text,
            one.createdAt,
            one.messageId,
            one.ownerId,
          ],
        ],
      },
      { sql: statements.linkAttachment, params: [one.position, one.id, one.messageId, one.ownerId] },
    ],
    hasAttachment: async (messageId: string, position: number, ownerId: string) =>
      (await db.get(statements.hasAttachment, [messageId, position, ownerId])) !== undefined,
  };
}

export type ImportStore = ReturnType<typeof createImportStore>;
