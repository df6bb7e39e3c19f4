import { textOrFileNames } from '../../attachments/attachments.ts';
import type { Db } from '../../platform/db/db.ts';

export type OutlineRow = {
  id: string;
  /** The root has the id of the conversation. */
  parent_id: string;
  seq: number;
  role: 'user' | 'assistant';
  created_at: number;
  bytes: number;
  /** The first characters of a question, or the names of its files; '' for an answer. */
  beginning: string;
  /** 1: an image is asked for or made here, or something is attached. */
  has_file: number;
  /** 1: an answer that is still written, or waits to be. */
  is_live: number;
};

/** Enough for one line, also where it begins with line breaks and marks. */
const BEGINNING_CHARACTERS = 160;

const beginning = textOrFileNames('m.id', `substr(m.content, 1, ${BEGINNING_CHARACTERS})`);

export const statements = {
  // Read from the messages one after another: walking up from the end costs twice as much in a conversation of 5,000.
  outline: `select m.id, m.parent_id, m.seq, m.role, m.created_at, octet_length(m.content) as bytes,
      case m.role when 'user' then ${beginning} else '' end as beginning,
      m.kind = 'image' or (m.role = 'user' and exists (select 1 from message_attachments a where a.message_id = m.id))
        as has_file,
      m.status in ('queued', 'running') as is_live
    from messages m where m.conversation_id = ? and m.owner_id = ? and m.seq > ? and m.role <> 'hidden' order by m.seq`,
  // Hidden ones count as well: the index alone answers.
  settled: `select count(*) as count,
      (select l.id from messages l indexed by messages_changes where l.conversation_id = ? and l.seq = ?) as last_id
    from messages m indexed by messages_changes where m.conversation_id = ? and m.seq <= ? and m.owner_id = ?`,
} as const;

/** The messages of a conversation after the one with the number `afterSeq`, on every branch, in the order of their making. */
export const findOutline = (db: Db, conversationId: string, ownerId: string, afterSeq: number) =>
  db.all<OutlineRow>(statements.outline, [conversationId, ownerId, afterSeq]);

/** How many messages there are up to the one with the number `lastSeq`, and the id of that one; null when it is gone. */
export const findSettled = (db: Db, conversationId: string, ownerId: string, lastSeq: number) =>
  db.get<{ count: number; last_id: string | null }>(statements.settled, [
    conversationId,
    lastSeq,
    conversationId,
    lastSeq,
    ownerId,
  ]);
