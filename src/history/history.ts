import type { Actor } from '../lib/actor.ts';
import { invalid, notFound } from '../lib/errors.ts';
import { excerpt, withoutMarks } from '../lib/text.ts';
import type { Calendar } from '../lib/time.ts';
import type { Db } from '../platform/db/db.ts';
import { createHistoryStore, type EntryRow, type Point } from './store.ts';

export type Entry = {
  id: string;
  /** Counts from 0 in the order of the day. */
  index: number;
  kind: 'chat' | 'image';
  prompt: string;
  excerpt: string;
  status: string | null;
  filename: string | null;
  conversationId: string | null;
  url: string;
  createdAt: number;
};
export type Day = { date: string; entries: Entry[] };
export type Answer = {
  id: string;
  content: string;
  status: string | null;
  error: unknown;
  model: string | null;
};

const PROMPT_CHARACTERS = 300;
const EXCERPT_CHARACTERS = 200;
const LAST_ID = '~';

/** Days of questions and images in a person's time zone. */
export function createHistory({ db, calendar }: { db: Db; calendar: Calendar }) {
  const store = createHistoryStore(db);

  return {
    /** Newest first, grouped by day; `cursor` is what the page before gave. @throws AppError `invalid` */
    async list(actor: Actor, view: { zone: string; limit: number; cursor?: string | undefined }) {
      const before =
        view.cursor === undefined
          ? { createdAt: Number.MAX_SAFE_INTEGER, id: LAST_ID }
          : readCursor(view.cursor);
      const rows = await store.listBefore(actor.id, before, view.limit + 1);
      const shown = rows.slice(0, view.limit);
      const days: Day[] = [];
      for (const row of shown) {
        const date = calendar.dateIn(view.zone, row.created_at);
        let day = days.at(-1);
        if (day?.date !== date) days.push((day = { date, entries: [] }));
        day.entries.push(toEntry(row, date, 0));
      }
      for (const day of days) await number(actor, view.zone, day);
      const last = shown.at(-1);
      return {
        days,
        nextCursor: rows.length > shown.length && last ? `${last.created_at}-${last.id}` : null,
      };
    },

    /** One exchange of a day. @throws AppError `not_found` for an unknown date or index */
    async get(actor: Actor, zone: string, date: string, index: number) {
      const day = calendar.dayRange(zone, date);
      if (!day || !Number.isInteger(index) || index < 0) throw notFound();
      const row = await store.atIndex(actor.id, day, index);
      if (!row) throw notFound();
      const found = row.kind === 'chat' ? await store.answerOf(row.id, actor.id) : undefined;
      const answer: Answer | null = found
        ? { ...found, error: found.error ? (JSON.parse(found.error) as unknown) : null }
        : null;
      const hasNext = (await store.atIndex(actor.id, day, index + 1)) !== undefined;
      return { entry: { ...toEntry(row, date, index), prompt: row.prompt }, answer, hasNext };
    },
  };

  /** Gives the entries of a day their indexes: they are consecutive, so the oldest one's place is enough. */
  async function number(actor: Actor, zone: string, day: Day): Promise<void> {
    const oldest = day.entries.at(-1);
    const range = calendar.dayRange(zone, day.date);
    if (!oldest || !range) return;
    const first = await store.countFrom(actor.id, range.start, {
      createdAt: oldest.createdAt,
      id: oldest.id,
    });
    for (const [i, entry] of day.entries.toReversed().entries()) {
      entry.index = first + i;
      entry.url = `/chatlog/${day.date}/${entry.index}`;
    }
  }
}

export type History = ReturnType<typeof createHistory>;

function toEntry(row: EntryRow, date: string, index: number): Entry {
  return {
    id: row.id,
    index,
    kind: row.kind,
    prompt: excerpt(row.prompt, PROMPT_CHARACTERS),
    excerpt: excerpt(withoutMarks(row.excerpt ?? ''), EXCERPT_CHARACTERS),
    status: row.status,
    filename: row.filename,
    conversationId: row.conversation_id,
    url: `/chatlog/${date}/${index}`,
    createdAt: row.created_at,
  };
}

function readCursor(text: string): Point {
  const [, createdAt, id] = /^(\d{1,16})-([0-9a-z]{26})$/.exec(text) ?? [];
  if (!createdAt || !id) throw invalid('cursor', 'unknown_value');
  return { createdAt: Number(createdAt), id };
}
