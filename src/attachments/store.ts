import type { Db, Statement } from '../platform/db/db.ts';
import type { AttachmentRow } from './attachment.ts';

const columns = `a.id, a.owner_id, a.file_id, a.kind, a.name, a.type, a.bytes, a.width, a.height, a.original_width,
  a.original_height, a.pages, a.tokens, a.created_at`;
/** Drafts name attachments in a list; each half has an index of its own. */
const inDraft = (place: string) => `exists (select 1 from drafts d, json_each(d.attachments) j
  where d.owner_id = a.owner_id and d.conversation_id ${place} and j.value = a.id)`;
const isUnused = `a.unused_since is not null and not ${inDraft('is null')} and not ${inDraft('is not null')}`;

/** SQL of a message's text, or what of it `text` reads; of a message without words the names of its files. */
export const textOrFileNames = (messageId: string, text: string) => `coalesce(nullif(${text}, ''),
  (select group_concat(f.name, ', ' order by n.position) from message_attachments n join attachments f on f.id = n.attachment_id
    where n.message_id = ${messageId}), '')`;

export const statements = {
  insert: `insert into attachments (id, owner_id, file_id, kind, name, type, bytes, width, height, original_width,
      original_height, pages, tokens, text, created_at, unused_since)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  find: `select ${columns} from attachments a where a.id = ? and a.owner_id = ?`,
  list: `select ${columns} from json_each(?) j join attachments a on a.id = j.value where a.owner_id = ? order by j.key`,
  listOfMessages: `select ${columns}, l.message_id from json_each(?) j join message_attachments l on l.message_id = j.value
    join attachments a on a.id = l.attachment_id where a.owner_id = ? order by l.message_id, l.position`,
  findText: 'select a.text from attachments a where a.id = ? and a.owner_id = ?',
  // What was removed meanwhile, or is another person's, must not be left out of a message without a word.
  link: `insert into message_attachments (message_id, position, attachment_id)
    select m.id, ?, a.id from messages m join attachments a on a.owner_id = m.owner_id
    where m.id = ? and m.owner_id = ? and a.id = ?`,
  copyLinks: `insert into message_attachments (message_id, position, attachment_id)
    select ?, l.position, l.attachment_id from message_attachments l join messages m on m.id = l.message_id
    where l.message_id = ? and m.owner_id = ?`,
  unlink: `delete from message_attachments where message_id = (select id from messages where id = ? and owner_id = ?)`,
  remove: `delete from attachments where id = ? and owner_id = ? and unused_since is not null`,
  listUnused: `select ${columns}, a.unused_since from attachments a
    where a.unused_since is not null and a.unused_since <= ? and (a.unused_since, a.id) > (?, ?)
    order by a.unused_since, a.id limit ?`,
  removeUnused: `delete from attachments as a where a.id = ? and ${isUnused}`,
} as const;

export type NewAttachment = AttachmentRow & { text: string | null };
export type LinkedRow = AttachmentRow & { message_id: string };
export type UnusedRow = AttachmentRow & { unused_since: number };

/** Attachments as rows, and which message has which; every look-up of a person goes through the owner. */
export function createAttachmentStore(db: Db) {
  return {
    batch: (list: readonly Statement[]) => db.batch(list),
    insertion: (row: NewAttachment): Statement => ({
      sql: statements.insert,
      params: [
        ...[
          row.id,
          row.owner_id,
          row.file_id,
          row.kind,
          row.name,
          row.type,
          row.bytes,
          row.width,
          row.height,
        ],
        ...[row.original_width, row.original_height, row.pages, row.tokens, row.text],
        ...[row.created_at, row.created_at],
      ],
    }),
    find: (id: string, ownerId: string) => db.get<AttachmentRow>(statements.find, [id, ownerId]),
    /** In the order of the ids; those that are not there are left out. */
    list: (ids: readonly string[], ownerId: string) =>
      db.all<AttachmentRow>(statements.list, [JSON.stringify(ids), ownerId]),
    listOfMessages: (messageIds: readonly string[], ownerId: string) =>
      db.all<LinkedRow>(statements.listOfMessages, [JSON.stringify(messageIds), ownerId]),
    findText: async (id: string, ownerId: string) =>
      (await db.get<{ text: string | null }>(statements.findText, [id, ownerId]))?.text ?? '',
    link: (link: { messageId: string; position: number; id: string; ownerId: string }): Statement => ({
      sql: statements.link,
      params: [link.position, link.messageId, link.ownerId, link.id],
      mustChange: 'attachment_missing',
    }),
    unlink: (messageId: string, ownerId: string): Statement => ({
      sql: statements.unlink,
      params: [messageId, ownerId],
    }),
    copyLinks: (fromMessageId: string, toMessageId: string, ownerId: string): Statement => ({
      sql: statements.copyLinks,
      params: [toMessageId, fromMessageId, ownerId],
    }),
    removal: (id: string, ownerId: string): Statement => ({
      sql: statements.remove,
      params: [id, ownerId],
      mustChange: 'attachment_in_use',
    }),
    /** Those that no message has since `before` or earlier, after the last one of the page before. */
    listUnused: (before: number, after: { unused_since: number; id: string }, limit: number) =>
      db.all<UnusedRow>(statements.listUnused, [before, after.unused_since, after.id, limit]),
    unusedRemoval: (id: string): Statement => ({
      sql: statements.removeUnused,
      params: [id],
      mustChange: true,
    }),
  };
}

export type AttachmentStore = ReturnType<typeof createAttachmentStore>;
