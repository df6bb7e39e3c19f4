import { textOrFileNames } from '../attachments/attachments.ts';
import type { Db } from '../platform/db/db.ts';
import type { HistoryFilters } from './filters.ts';

export type EntryRow = {
  id: string;
  kind: 'chat' | 'image';
  created_at: number;
  prompt: string;
  conversation_id: string | null;
  filename: string | null;
  /** Images that were asked for together have the same one. */
  job_id: string | null;
  status: string | null;
  excerpt: string | null;
};

/** Enough of an answer for one line of a list. */
const EXCERPT_CHARACTERS = 400;

// What is said in a temporary conversation has no history, nor has an image made there; a copy was not asked again.
const isQuestion = `m.owner_id = ? and m.role = 'user' and m.kind = 'text' and m.copied_from is null`;
const isKept = `not exists (select 1 from conversations c indexed by conversations_unlisted
  where c.id = m.conversation_id and (c.deleted_at is not null or c.kind <> 'normal'))`;
const isImage = `i.owner_id = ? and i.deleted_at is null and not exists (select 1 from messages im
  join conversations ic on ic.id = im.conversation_id where im.id = i.message_id and ic.kind = 'temporary')`;
const questions = `select m.id, 'chat' as kind, m.created_at, ${textOrFileNames('m.id', 'm.content')} as prompt, m.conversation_id, null as filename, null as job_id
  from messages m where ${isQuestion} and ${isKept}`;
const images = `select i.id, 'image' as kind, i.created_at, i.prompt, null as conversation_id, i.filename, i.job_id
  from images i where ${isImage}`;
// The answer of a question is the newest one beside its siblings.
const withAnswer = `e.id, e.kind, e.created_at, e.prompt, e.conversation_id, e.filename, e.job_id,
  case e.kind when 'image' then (select case when i.status = 'failed' and i.error like '{"code":"stopped"%'
      then 'cancelled' else i.status end from images i where i.id = e.id)
    else (select a.status from messages a where a.parent_id = e.id and a.role = 'assistant' order by a.seq desc limit 1)
  end as status,
  (select substr(t.text, 1, ${EXCERPT_CHARACTERS}) from messages a join message_texts t on t.id = a.id
    where a.parent_id = e.id and a.role = 'assistant' order by a.seq desc limit 1) as excerpt`;
// A condition without a column is tested once, before the first row is read.
const pageOf = (sign: '<' | '>', order: 'asc' | 'desc') => `select ${withAnswer} from (
    select * from (${questions} and ? and (m.created_at, m.id) ${sign} (?, ?) order by m.created_at ${order}, m.id ${order} limit ?)
    union all
    select * from (${images} and ? and (i.created_at, i.id) ${sign} (?, ?) order by i.created_at ${order}, i.id ${order} limit ?)
  ) e order by e.created_at ${order}, e.id ${order} limit ?`;
const between = (column: string) => `${column} >= ? and ${column} < ?`;

export const statements = {
  listBefore: pageOf('<', 'desc'),
  listAfter: pageOf('>', 'asc'),
  countFrom: `select
      (select count(*) from messages m
        where ${isQuestion} and ${isKept} and m.created_at >= ? and (m.created_at, m.id) < (?, ?))
    + (select count(*) from images i where ${isImage} and i.created_at >= ? and (i.created_at, i.id) < (?, ?)) as count`,
  countBetween: `select
      (select count(*) from (select 1 from messages m where ${isQuestion} and ${isKept} and ? and ${between('m.created_at')} limit ?))
    + (select count(*) from (select 1 from images i where ${isImage} and ? and ${between('i.created_at')} limit ?)) as count`,
  atIndex: `select ${withAnswer} from (
      ${questions} and ${between('m.created_at')}
      union all
      ${images} and ${between('i.created_at')}
      order by 3, 1 limit 1 offset ?
    ) e`,
  // Each of the wanted parts stands in the name of the model of some answer.
  matchingQuestions: `select m.id from json_each(?) j join messages m on m.id = j.value where ${isQuestion}
      and not exists (select 1 from json_each(?) w where not exists (select 1 from messages a
        where a.parent_id = m.id and a.role = 'assistant' and instr(lower(coalesce(a.model, '')), w.value) > 0))
      and (? or exists (select 1 from message_attachments l join attachments t on t.id = l.attachment_id
        where l.message_id = m.id and t.kind = 'image'))
      and (? or exists (select 1 from message_attachments l join attachments t on t.id = l.attachment_id
        where l.message_id = m.id and t.kind <> 'image'))`,
  matchingImages: `select i.id from json_each(?) j join images i on i.id = j.value where i.owner_id = ? and ?
      and not exists (select 1 from json_each(?) w where instr(lower(coalesce(i.model, '')), w.value) = 0)`,
  answerOf: `select m.id, t.text as content, m.status, m.error, m.model from messages m join message_texts t on t.id = m.id
    where m.parent_id = ? and m.owner_id = ? and m.role = 'assistant' order by m.seq desc limit 1`,
} as const;

export type Point = { createdAt: number; id: string };
export type Range = { start: number; end: number };
export type Kind = 'chat' | 'image';
export type AnswerRow = {
  id: string;
  content: string;
  status: string | null;
  error: string | null;
  model: string | null;
};

/** Everything a person asked for, in one order: questions with their answers, and images. Reads only. */
export function createHistoryStore(db: Db) {
  const pageParams = (ownerId: string, { createdAt, id }: Point, limit: number, kind: Kind | undefined) => [
    ...[ownerId, Number(kind !== 'image'), createdAt, id, limit],
    ...[ownerId, Number(kind !== 'chat'), createdAt, id, limit],
    limit,
  ];

  return {
    /** Newest first, from just before a point in time; `kind`: only such entries. */
    listBefore: (ownerId: string, before: Point, limit: number, kind?: Kind) =>
      db.all<EntryRow>(statements.listBefore, pageParams(ownerId, before, limit, kind)),
    /** Oldest first, from just after a point in time. */
    listAfter: (ownerId: string, after: Point, limit: number, kind?: Kind) =>
      db.all<EntryRow>(statements.listAfter, pageParams(ownerId, after, limit, kind)),
    /** How many entries lie between the start of a day and a point. */
    countFrom: async (ownerId: string, start: number, before: Point) =>
      (
        await db.get<{ count: number }>(statements.countFrom, [
          ...[ownerId, start, before.createdAt, before.id],
          ...[ownerId, start, before.createdAt, before.id],
        ])
      )?.count ?? 0,
    /** How many entries lie in a range; of each kind at most `limit` are counted. */
    countBetween: async (ownerId: string, { start, end }: Range, limit: number, kind?: Kind) =>
      (
        await db.get<{ count: number }>(statements.countBetween, [
          ...[ownerId, Number(kind !== 'image'), start, end, limit],
          ...[ownerId, Number(kind !== 'chat'), start, end, limit],
        ])
      )?.count ?? 0,
    /** Which of these entries have what the filters want, whenever they were made. */
    async matching(
      ownerId: string,
      ids: readonly string[],
      { models, hasImage, hasFile }: HistoryFilters,
    ): Promise<Set<string>> {
      const [list, wanted] = [JSON.stringify(ids), JSON.stringify(models)];
      const questions = [list, ownerId, wanted, Number(!hasImage), Number(!hasFile)];
      const rows = [
        ...(await db.all<{ id: string }>(statements.matchingQuestions, questions)),
        ...(await db.all<{ id: string }>(statements.matchingImages, [
          list,
          ownerId,
          Number(!hasFile),
          wanted,
        ])),
      ];
      return new Set(rows.map(({ id }) => id));
    },
    atIndex: (ownerId: string, day: Range, index: number) =>
      db.get<EntryRow>(statements.atIndex, [ownerId, day.start, day.end, ownerId, day.start, day.end, index]),
    answerOf: (questionId: string, ownerId: string) =>
      db.get<AnswerRow>(statements.answerOf, [questionId, ownerId]),
  };
}

export type HistoryStore = ReturnType<typeof createHistoryStore>;
