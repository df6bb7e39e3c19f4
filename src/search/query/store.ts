import type { Span } from '../../lib/search/span.ts';
import type { Reader } from '../../platform/db/reader.ts';

export type DocumentKind = 'title' | 'message' | 'attachment' | 'image';
/** Ids of documents have 63 bits and travel as text. */
export type CandidateRow = {
  id: string;
  kind: DocumentKind;
  item_id: string;
  attachment_id: string;
  conversation_id: string | null;
  owner_id: string;
  /** Where in the text what was found begins, in UTF-16 units: a long text is indexed in parts. */
  start: number;
  /** Of an image: several of one job have the same words. */
  job_id: string | null;
  title: string | null;
  /** The beginning of the text, and how long all of it is, in bytes. */
  sample: string;
  bytes: number;
  created_at: number;
  is_deleted: number;
  is_purged: number;
  is_archived: number;
};

/** A message of one conversation, or an attachment of it, that was found. `seq`: its place in the conversation. */
export type ConversationMatchRow = Pick<CandidateRow, 'kind' | 'item_id' | 'attachment_id' | 'created_at'> & {
  seq: number;
  role: 'user' | 'assistant';
};

const SAMPLE_CHARACTERS = 1500;
const text = `case d.kind when 'title' then c.title when 'image' then i.prompt
  when 'attachment' then a.name || ' ' || coalesce(a.text, '')
  else coalesce(nullif(m.content, ''), (select group_concat(f.name, ', ' order by n.position)
    from message_attachments n join attachments f on f.id = n.attachment_id where n.message_id = m.id), '') end`;
const inRange = 'rowid >= cast(? as integer) and rowid < cast(? as integer)';
/** What a document of the index is, for a subquery of ids: in the order of that subquery. */
export const candidates = (
  ids: string,
) => `select cast(f.id as text) as id, coalesce(p.start, 0) as start, d.kind, d.item_id, d.attachment_id,
    c.id as conversation_id, coalesce(c.owner_id, i.owner_id) as owner_id, i.job_id, coalesce(c.title, i.title) as title,
    substr(${text}, 1, ${SAMPLE_CHARACTERS}) as sample, octet_length(${text}) as bytes,
    coalesce(m.created_at, c.created_at, i.created_at) as created_at,
    iif(d.kind = 'image', i.deleted_at, c.deleted_at) is not null as is_deleted,
    c.purged_at is not null as is_purged, coalesce(c.archived, 0) as is_archived
  from (${ids}) f left join search_parts p on p.id = f.id
  cross join search_documents d on d.id = coalesce(p.document_id, f.id)
  left join messages m on d.kind in ('message', 'attachment') and m.id = d.item_id
  left join attachments a on d.kind = 'attachment' and a.id = d.attachment_id
  left join images i on d.kind = 'image' and i.id = d.item_id
  left join conversations c on c.id = iif(d.kind = 'title', d.item_id, m.conversation_id)
  where coalesce(c.owner_id, i.owner_id) = ?`;

/** Whether a document or one of its parts matches. The index is asked by id: how often a word stands elsewhere costs nothing. */
export const isMatching = (document: string) => `(exists (select 1 from search_index
      where search_index.rowid = ${document} and search_index match ?)
    or exists (select 1 from search_parts q cross join search_index on search_index.rowid = q.id
      where q.document_id = ${document} and search_index match ?))`;

export const statements = {
  findOwner: 'select number from search_owners where owner_id = ?',
  idAt: 'select cast((? << 46) | (min(max(? - 1262304000000, 0), 2199023255552) << 5) as text) as id',
  endOf: 'select cast((? + 1) << 46 as text) as id',
  first: `select cast(min(id) as text) as id from search_documents where id >= cast(? as integer) and id < cast(? as integer)`,
  // The ids of parts come after that of their document.
  last: `select cast(max((select max(id) from search_documents where id >= r.low and id < r.high),
      coalesce((select max(id) from search_parts where id >= r.low and id < r.high), 0)) + 1 as text) as id
    from (select cast(? as integer) as low, cast(? as integer) as high) r`,
  count: `select count(*) as count from (select 1 from search_documents where id >= cast(? as integer) and id < cast(? as integer)
    limit ?)`,
  matching: candidates(
    `select rowid as id from search_index where search_index match ? and ${inRange} order by rowid desc limit ?`,
  ),
  all: candidates(
    `select id from search_documents where id >= cast(? as integer) and id < cast(? as integer) order by search_documents.id desc limit ?`,
  ),
  hasAny: `select 1 as found from search_index where search_index match ? and ${inRange} limit 1`,
  // The shortest first: they are the nearest to what was typed.
  wordsFrom: `select word from search_words where owner_number = ? and word > ? and word < ?
    order by length(word), word limit ?`,
  wordsLike: `select word from search_words where owner_number = ? and word >= ? and word < ?
    and length(word) between ? and ? limit ?`,
  lastOfConversation: `select max(seq) as seq from messages where conversation_id = ? and owner_id = ?`,
  matchesInConversation: `select m.seq, m.role, m.created_at, d.kind, d.item_id, d.attachment_id
    from messages m cross join search_documents d on d.item_id = m.id and d.kind in ('message', 'attachment')
    where m.conversation_id = ? and m.owner_id = ? and m.seq > ? and m.seq <= ? and m.created_at >= ? and m.created_at < ?
      and m.role <> 'hidden' and ${isMatching('d.id')} order by m.seq, d.kind desc, d.attachment_id`,
  // Few texts are long, and they wait for seconds.
  hasUnfinished: `select 1 as found from search_unfinished u cross join search_documents d on d.id = u.document_id
    cross join messages m on m.id = d.item_id where m.conversation_id = ? and m.owner_id = ? limit 1`,
  textOfMessage: 'select content as text from messages where id = ?',
  textOfImage: 'select prompt as text from images where id = ?',
  textOfAttachment: `select name || char(10) || coalesce(text, '') as text from attachments where id = ?`,
} as const;

/** The last character that there is: the end of what begins with a text. */
const END = '\u{10ffff}';
export type Range = { from: string; before: string };
type InConversation = {
  conversationId: string;
  ownerId: string;
  match: string;
  span: Span;
  /** Places of messages: after the first one named, up to and with the last. */
  stretch: { after: number; last: number };
};

type DocumentName = Pick<CandidateRow, 'kind' | 'item_id' | 'attachment_id' | 'title'>;

/** The search index as it is read by the thread that searches. */
export function createQueryStore(reader: Pick<Reader, 'all'>) {
  const idOf = (sql: string, params: (string | number)[]) =>
    reader.all<{ id: string | null }>(sql, params)[0]?.id ?? undefined;
  return {
    /** Undefined for somebody who has never written anything. */
    findOwner: (ownerId: string) =>
      reader.all<{ number: number }>(statements.findOwner, [ownerId])[0]?.number,
    /** The ids of all that one person wrote in some time; times in milliseconds since 1970. */
    rangeOf: (owner: number, from: number, before: number): Range => ({
      from: idOf(statements.idAt, [owner, from]) ?? '0',
      before:
        idOf(before === Number.MAX_SAFE_INTEGER ? statements.endOf : statements.idAt, [
          owner,
          ...(before === Number.MAX_SAFE_INTEGER ? [] : [before]),
        ]) ?? '0',
    }),
    /** The same range without what is empty at its ends. */
    narrow: ({ from, before }: Range): Range => {
      const first = idOf(statements.first, [from, before]);
      return {
        from: first ?? from,
        before: first ? (idOf(statements.last, [from, before]) ?? before) : from,
      };
    },
    /** How many documents there are, counted up to `most`. */
    count: ({ from, before }: Range, most: number) =>
      reader.all<{ count: number }>(statements.count, [from, before, most])[0]?.count ?? 0,
    /** Newest first; an empty expression matches everything. */
    candidates: (ownerId: string, match: string, { from, before }: Range, limit: number) =>
      match === ''
        ? reader.all<CandidateRow>(statements.all, [from, before, limit, ownerId])
        : reader.all<CandidateRow>(statements.matching, [match, from, before, limit, ownerId]),
    hasAny: (match: string, { from, before }: Range) =>
      reader.all(statements.hasAny, [match, from, before]).length > 0,
    wordsFrom: (owner: number, start: string, limit: number) =>
      reader
        .all<{ word: string }>(statements.wordsFrom, [owner, start, start + END, limit])
        .map(({ word }) => word),
    /** Words that begin with some letters and have a length in characters between two. */
    wordsLike: (owner: number, start: string, lengths: { min: number; max: number }, limit: number) =>
      reader
        .all<{ word: string }>(statements.wordsLike, [
          owner,
          start,
          start + END,
          lengths.min,
          lengths.max,
          limit,
        ])
        .map(({ word }) => word),
    /** The place of the newest message of a conversation. */
    lastOfConversation: (conversationId: string, ownerId: string) =>
      reader.all<{ seq: number | null }>(statements.lastOfConversation, [conversationId, ownerId])[0]?.seq ??
      0,
    /** What is found in a stretch of one conversation, in its order; a message comes before its attachments. */
    matchesInConversation: ({ conversationId, ownerId, match, span, stretch }: InConversation) =>
      reader.all<ConversationMatchRow>(statements.matchesInConversation, [
        ...[conversationId, ownerId, stretch.after, stretch.last, span.from, span.before],
        ...[match, match],
      ]),
    /** Whether a long text in a conversation is not indexed to its end. */
    hasUnfinished: (conversationId: string, ownerId: string) =>
      reader.all(statements.hasUnfinished, [conversationId, ownerId]).length > 0,
    /** The whole text of a document; '' when it is gone. */
    textOf({ kind, item_id, attachment_id, title }: DocumentName): string {
      if (kind === 'title') return title ?? '';
      if (kind === 'attachment')
        return reader.all<{ text: string }>(statements.textOfAttachment, [attachment_id])[0]?.text ?? '';
      const sql = kind === 'image' ? statements.textOfImage : statements.textOfMessage;
      return reader.all<{ text: string }>(sql, [item_id])[0]?.text ?? '';
    },
  };
}

export type QueryStore = ReturnType<typeof createQueryStore>;
