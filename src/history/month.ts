import type { Actor } from '../lib/actor.ts';
import { createCache } from '../lib/cache.ts';
import { nextDate, type Calendar } from '../lib/time.ts';
import type { EntryLists } from './entry-lists.ts';
import type { Kind, Range } from './store.ts';

/** Days are calculated anew when their number exceeds this; one month of each of a hundred people fits in. */
const MAX_DAYS = 4000;
/** More entries of a kind are not counted for one day: `99+` says as much. */
const MAX_COUNTED = 100;

export type MonthDay = { date: string; count: number };
export type Month = {
  /** `YYYY-MM`. */
  month: string;
  days: MonthDay[];
  /** The last date with an entry before this month, and the first one after it; null when there is none. */
  previous: string | null;
  next: string | null;
};

/** The days of a month that have entries, and where the nearest other ones are. */
export function createMonths({ calendar }: { calendar: Calendar }) {
  const kept = createCache<Range | undefined>(MAX_DAYS);
  const rangeOf = (zone: string, date: string) =>
    kept(`${zone} ${date}`, () => calendar.dayRange(zone, date));

  /** @param month `YYYY-MM` of a real month */
  return async (
    actor: Actor,
    zone: string,
    month: string,
    { lists, kind }: { lists: EntryLists; kind: Kind | undefined },
  ): Promise<Month> => {
    const days: MonthDay[] = [];
    for (let date = `${month}-01`; date.startsWith(month); date = nextDate(date)) {
      const range = rangeOf(zone, date);
      const count = range ? await lists.count(actor.id, range, MAX_COUNTED, kind) : 0;
      days.push({ date, count });
    }
    const known = days.map(({ date }) => rangeOf(zone, date)).filter((range) => range !== undefined);
    const [start, end] = [known[0]?.start ?? 0, known.at(-1)?.end ?? 0];
    const older = await lists.before(actor.id, { createdAt: start, id: '' }, 1, kind);
    const newer = await lists.after(actor.id, { createdAt: end, id: '' }, 1, kind);
    const [before, after] = [older.rows[0] ?? older.stoppedAt, newer.rows[0] ?? newer.stoppedAt];
    return {
      month,
      days,
      previous: before ? calendar.dateIn(zone, before.created_at) : null,
      next: after ? calendar.dateIn(zone, after.created_at) : null,
    };
  };
}
