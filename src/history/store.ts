import type { Db } from '../platform/db/db.ts';

export type EntryRow = {
  id: string;
  kind: 'chat' | 'image';
  created_at: number;
  prompt: string;
  conversation_id: string | null;
  filename: string | null;
  status: string | null;
  excerpt: string | null;
};

/** Enough of an answer for one line of a list. */
const EXCERPT_CHARACTERS = 400;

const questions = `select m.id, 'chat' as kind, m.created_at, m.content as prompt, m.conversation_id, null as filename
  from messages m join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.kind = 'normal'
  where m.owner_id = ? and m.role = 'user' and m.kind = 'text'`;
const images = `select i.id, 'image' as kind, i.created_at, i.prompt, null as conversation_id, i.filename
  from images i where i.owner_id = ? and i.deleted_at is null`;
// The answer of a question is the newest one beside its siblings.
const withAnswer = `e.id, e.kind, e.created_at, e.prompt, e.conversation_id, e.filename,
  case e.kind when 'image' then (select case when i.status = 'failed' and i.error like '{"code":"stopped"%'
      then 'cancelled' else i.status end from images i where i.id = e.id)
    else (select a.status from messages a where a.parent_id = e.id and a.role = 'assistant' order by a.seq desc limit 1)
  end as status,
  (select substr(t.text, 1, ${EXCERPT_CHARACTERS}) from messages a join message_texts t on t.id = a.id
    where a.parent_id = e.id and a.role = 'assistant' order by a.seq desc limit 1) as excerpt`;

export const statements = {
  listBefore: `select ${withAnswer} from (
      select * from (${questions} and (m.created_at, m.id) < (?, ?) order by m.created_at desc, m.id desc limit ?)
      union all
      select * from (${images} and (i.created_at, i.id) < (?, ?) order by i.created_at desc, i.id desc limit ?)
    ) e order by e.created_at desc, e.id desc limit ?`,
  countFrom: `select
      (select count(*) from messages m join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.kind = 'normal'
        where m.owner_id = ? and m.role = 'user' and m.kind = 'text' and m.created_at >= ? and (m.created_at, m.id) < (?, ?))
    + (select count(*) from images i
        where i.owner_id = ? and i.deleted_at is null and i.created_at >= ? and (i.created_at, i.id) < (?, ?)) as count`,
  atIndex: `select ${withAnswer} from (
      ${questions} and m.created_at >= ? and m.created_at < ?
      union all
      ${images} and i.created_at >= ? and i.created_at < ?
      order by 3, 1 limit 1 offset ?
    ) e`,
  answerOf: `select m.id, t.text as content, m.status, m.error, m.model from messages m join message_texts t on t.id = m.id
    where m.parent_id = ? and m.owner_id = ? and m.role = 'assistant' order by m.seq desc limit 1`,
} as const;

export type Point = { createdAt: number; id: string };
export type AnswerRow = {
  id: string;
  content: string;
  status: string | null;
  error: string | null;
  model: string | null;
};

/** Everything a person asked for, in one order: questions with their answers, and images. Reads only. */
export function createHistoryStore(db: Db) {
  return {
    /** Newest first, from just before a point in time. */
    listBefore: (ownerId: string, before: Point, limit: number) =>
      db.all<EntryRow>(statements.listBefore, [
        ...[ownerId, before.createdAt, before.id, limit],
        ...[ownerId, before.createdAt, before.id, limit],
        limit,
      ]),
    /** How many entries lie between the start of a day and a point. */
    countFrom: async (ownerId: string, start: number, before: Point) =>
      (
        await db.get<{ count: number }>(statements.countFrom, [
          ...[ownerId, start, before.createdAt, before.id],
          ...[ownerId, start, before.createdAt, before.id],
        ])
      )?.count ?? 0,
    atIndex: (ownerId: string, day: { start: number; end: number }, index: number) =>
      db.get<EntryRow>(statements.atIndex, [ownerId, day.start, day.end, ownerId, day.start, day.end, index]),
    answerOf: (questionId: string, ownerId: string) =>
      db.get<AnswerRow>(statements.answerOf, [questionId, ownerId]),
  };
}
