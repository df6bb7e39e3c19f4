import type { Db } from '../platform/db/db.ts';

export const statements = {
  findAccount: `select id, username, role, language, theme, time_zone, created_at, updated_at from users where id = ?`,
  listKeys:
    'select id, name, scopes, created_at, expires_at, last_used_at from api_keys where user_id = ? order by created_at, id',
  listSessions:
    'select user_agent, ip, created_at, touched_at from sessions where user_id = ? order by created_at',
  listClients:
    'select user_agent, ip, created_at, refreshed_at from token_families where user_id = ? order by created_at',
  listFavouriteModels:
    'select model, created_at from favourite_models where user_id = ? order by created_at, model',
  listConversations: `select id, title, summary, model, system_prompt, parameters, pinned, archived, leaf_id, created_at,
      updated_at, deleted_at from conversations where owner_id = ? and id > ? and purged_at is null and kind = 'normal' order by id limit ?`,
  listMessages: `select m.id, nullif(m.parent_id, m.conversation_id) as parent_id, m.seq, m.role, m.kind, t.text as content, m.status, m.finish_reason, m.error,
      m.model, m.prompt_tokens, m.completion_tokens, m.thinking_ms, m.thinking_tokens,
      (select string_agg(p.text, '' order by p.position) from thinking_pieces p where p.message_id = m.id) as thinking,
      (select json_group_array(l.attachment_id order by l.position) from message_attachments l
        where l.message_id = m.id) as attachments,
      m.created_at, m.ended_at
    from messages m join message_texts t on t.id = m.id
    where m.conversation_id = ? and m.owner_id = ? and m.seq > ? and m.role <> 'hidden' order by m.seq limit ?`,
  listImages: `select i.id, i.message_id, i.status, i.filename, i.file_id, i.title, i.favourite, i.prompt, i.first_prompt,
      i.new_prompt, i.model, i.size, i.quality, i.background, i.format, i.width, i.height, f.bytes, f.sha256, i.created_at,
      i.deleted_at
    from images i left join files f on f.id = i.file_id where i.owner_id = ? and i.id > ? order by i.id limit ?`,
  listDrafts: `select d.id, d.conversation_id, d.content, d.attachments, d.updated_at
    from drafts d left join conversations c on c.id = d.conversation_id
    where d.owner_id = ? and d.id > ? and c.kind is not 'temporary' and c.purged_at is null order by d.id limit ?`,
  listAttachments: `select a.id, a.file_id, a.kind, a.name, a.type, a.bytes, a.width, a.height, a.pages, a.tokens, a.created_at
    from attachments a where a.owner_id = ? and a.id > ? order by a.id limit ?`,
  listUsage: `select id, auth_method, kind, purpose, model, outcome, prompt_tokens, completion_tokens, images, is_estimated,
      cost_micros, duration_ms, created_at, settled_at from ledger_entries
    where owner_id = ? and (created_at, id) > (?, ?) order by created_at, id limit ?`,
} as const;

export type Row = Record<string, string | number | null>;
export type AttachmentFileRow = Row & { id: string; type: string; file_id: string | null };
export type ImageFileRow = Row & { id: string; filename: string | null; file_id: string | null };

/** All that is stored about a person, a page at a time. */
export function createExportStore(db: Db) {
  return {
    findAccount: (userId: string) => db.get<Row>(statements.findAccount, [userId]),
    listKeys: (userId: string) => db.all<Row>(statements.listKeys, [userId]),
    listSessions: (userId: string) => db.all<Row>(statements.listSessions, [userId]),
    listClients: (userId: string) => db.all<Row>(statements.listClients, [userId]),
    listFavouriteModels: (userId: string) => db.all<Row>(statements.listFavouriteModels, [userId]),
    listConversations: (userId: string, after: string, limit: number) =>
      db.all<Row & { id: string }>(statements.listConversations, [userId, after, limit]),
    listMessages: (conversationId: string, userId: string, after: number, limit: number) =>
      db.all<Row & { seq: number }>(statements.listMessages, [conversationId, userId, after, limit]),
    listImages: (userId: string, after: string, limit: number) =>
      db.all<ImageFileRow>(statements.listImages, [userId, after, limit]),
    listDrafts: (userId: string, after: string, limit: number) =>
      db.all<Row & { id: string }>(statements.listDrafts, [userId, after, limit]),
    listAttachments: (userId: string, after: string, limit: number) =>
      db.all<AttachmentFileRow>(statements.listAttachments, [userId, after, limit]),
    listUsage: (userId: string, after: { at: number; id: string }, limit: number) =>
      db.all<Row & { id: string; created_at: number }>(statements.listUsage, [
        userId,
        after.at,
        after.id,
        limit,
      ]),
  };
}

export type ExportStore = ReturnType<typeof createExportStore>;
