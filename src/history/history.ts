import type { Actor } from '../lib/actor.ts';
import { invalid, notFound } from '../lib/errors.ts';
import { excerpt, withoutMarks } from '../lib/text.ts';
import type { Calendar } from '../lib/time.ts';
import type { Db } from '../platform/db/db.ts';
import { entryLists, type EntryLists } from './entry-lists.ts';
import { historyFilters } from './filters.ts';
import { createMonths } from './month.ts';
import { createHistoryStore, type EntryRow, type Kind, type Point } from './store.ts';

export type { Month } from './month.ts';
export type { Kind } from './store.ts';

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
  /** Images that were asked for together have the same one. */
  jobId: string | null;
  url: string;
  createdAt: number;
};
export type Day = { date: string; entries: Entry[] };
export type ListView = {
  zone: string;
  limit: number;
  cursor?: string | undefined;
  newer?: string | undefined;
  /** `YYYY-MM-DD` in the zone. */
  day?: string | undefined;
  kind?: Kind | undefined;
  /** What was typed to narrow it. */
  query?: string | undefined;
};
export type Answer = {
  id: string;
  content: string;
  status: string | null;
  error: unknown;
  model: string | null;
};

const PROMPT_CHARACTERS = 300;
const EXCERPT_CHARACTERS = 200;
/** Just after the newest entry that there can be. */
const NEWEST: Point = { createdAt: Number.MAX_SAFE_INTEGER, id: '~' };
/** As `newer`: what is newer than any instant. */
export const OLDEST_CURSOR = `0-${'0'.repeat(26)}`;

/** Days of questions and images in a person's time zone. */
export function createHistory({ db, calendar }: { db: Db; calendar: Calendar }) {
  const store = createHistoryStore(db);
  const monthOf = createMonths({ calendar });
  const listsOf = ({ zone, query = '' }: Pick<ListView, 'zone' | 'query'>) =>
    entryLists(store, historyFilters(query, zone, calendar));

  return {
    /**
     * Newest first, grouped by day: what is older than `cursor`, newer than `newer`, or from the end of `day` on. `isEnd`:
     * there is nothing more in that direction, not even on this page, but there is something in the other one.
     * @throws AppError `invalid` for what is no cursor or no day
     */
    async list(actor: Actor, view: ListView) {
      const { shown, nextCursor, newerCursor, isEnd } = await pageOf(actor, view);
      const days: Day[] = [];
      for (const row of shown) {
        const date = calendar.dateIn(view.zone, row.created_at);
        let day = days.at(-1);
        if (day?.date !== date) days.push((day = { date, entries: [] }));
        day.entries.push(toEntry(row, date, 0));
      }
      for (const day of days)
        await (view.kind || view.query ? numberEach(actor, view.zone, day) : number(actor, view.zone, day));
      return { days, nextCursor, newerCursor, isEnd };
    },

    /** The days of a month, `YYYY-MM`, that have entries. @throws AppError `invalid` */
    async month(actor: Actor, month: string, view: Pick<ListView, 'zone' | 'query' | 'kind'>) {
      if (!calendar.dayRange('UTC', `${month}-01`)) throw invalid('month', 'unknown_value');
      return monthOf(actor, view.zone, month, { lists: listsOf(view), kind: view.kind });
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

  async function pageOf(actor: Actor, view: ListView) {
    const lists = listsOf(view);
    if (view.newer !== undefined) {
      const from = readCursor(view.newer);
      const { rows, stoppedAt } = await lists.after(actor.id, from, view.limit + 1, view.kind);
      const shown = rows.slice(0, view.limit).reverse();
      return {
        shown,
        nextCursor: cursorOf(shown.at(-1)) ?? (stoppedAt ? view.newer : null),
        newerCursor: rows.length > shown.length ? cursorOf(shown[0]) : cursorOf(stoppedAt),
        isEnd: rows.length === 0 && !stoppedAt && (await hasAny(actor, lists, view.kind)),
      };
    }
    const before = startOf(view);
    const { rows, stoppedAt } = await lists.before(actor.id, before, view.limit + 1, view.kind);
    const shown = rows.slice(0, view.limit);
    const isNewest = before === NEWEST;
    const newer = shown[0] && !isNewest ? await lists.after(actor.id, pointOf(shown[0]), 1, view.kind) : null;
    const hasNewer = newer !== null && (newer.rows.length > 0 || newer.stoppedAt !== undefined);
    return {
      shown,
      nextCursor: rows.length > shown.length ? cursorOf(shown.at(-1)) : cursorOf(stoppedAt),
      newerCursor: hasNewer ? cursorOf(shown[0]) : null,
      isEnd: rows.length === 0 && !stoppedAt && !isNewest && (await hasAny(actor, lists, view.kind)),
    };
  }

  /** Also where not all was looked through. */
  async function hasAny(actor: Actor, lists: EntryLists, kind: Kind | undefined): Promise<boolean> {
    const { rows, stoppedAt } = await lists.before(actor.id, NEWEST, 1, kind);
    return rows.length > 0 || stoppedAt !== undefined;
  }

  /** Just after the newest entry of a page. */
  function startOf({ cursor, day, zone }: ListView): Point {
    if (cursor !== undefined) return readCursor(cursor);
    if (day === undefined) return NEWEST;
    const range = calendar.dayRange(zone, day);
    if (!range) throw invalid('day', 'unknown_value');
    return { createdAt: range.end, id: '' };
  }

  /** The same where entries of another kind lie between them. */
  async function numberEach(actor: Actor, zone: string, day: Day): Promise<void> {
    const range = calendar.dayRange(zone, day.date);
    for (const entry of range ? day.entries : []) {
      entry.index = await store.countFrom(actor.id, range?.start ?? 0, entry);
      entry.url = `/chatlog/${day.date}/${entry.index}`;
    }
  }

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
    jobId: row.job_id,
    url: `/chatlog/${date}/${index}`,
    createdAt: row.created_at,
  };
}

const pointOf = (row: EntryRow): Point => ({ createdAt: row.created_at, id: row.id });
const cursorOf = (row: EntryRow | undefined) => (row ? `${row.created_at}-${row.id}` : null);

function readCursor(text: string): Point {
  const [, createdAt, id] = /^(\d{1,16})-([0-9a-z]{26})$/.exec(text) ?? [];
  if (!createdAt || !id) throw invalid('cursor', 'unknown_value');
  return { createdAt: Number(createdAt), id };
}
