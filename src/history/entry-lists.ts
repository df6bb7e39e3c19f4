import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HistoryFilters } from './filters.ts';
import type { EntryRow, HistoryStore, Kind, Point, Range } from './store.ts';

/** `stoppedAt`: the last entry that was looked at, when there may be more beyond it that match. */
export type EntryList = { rows: EntryRow[]; stoppedAt: EntryRow | undefined };
export type EntryLists = ReturnType<typeof entryLists>;

/** So many entries are looked at together, which takes a few milliseconds, and so many times for one page. */
const ENTRIES_AT_ONCE = 400;
const MAX_STEPS = 8;

/**
 * The lists of the store without what the filters leave out. What matches is found by looking at entries one after the
 * other, so a list that is short of matches stops, and says where to go on.
 */
export function entryLists(store: HistoryStore, filters: HistoryFilters | undefined) {
  type Read = (from: Point, limit: number) => Promise<EntryRow[]>;
  type Within = (row: EntryRow) => boolean;

  async function matching(ownerId: string, rows: readonly EntryRow[]): Promise<EntryRow[]> {
    if (!filters || rows.length === 0) return [...rows];
    const ids = await store.matching(
      ownerId,
      rows.map(({ id }) => id),
      filters,
    );
    return rows.filter(({ id }) => ids.has(id));
  }

  async function walk(
    ownerId: string,
    from: Point,
    limit: number,
    read: Read,
    within: Within,
  ): Promise<EntryList> {
    if (!filters) return { rows: await read(from, limit), stoppedAt: undefined };
    const rows: EntryRow[] = [];
    let point = from;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const seen = await read(point, ENTRIES_AT_ONCE);
      const inside = seen.filter(within);
      rows.push(...(await matching(ownerId, inside)));
      const last = seen.at(-1);
      if (!last || rows.length >= limit || seen.length < ENTRIES_AT_ONCE || inside.length < seen.length)
        return { rows: rows.slice(0, limit), stoppedAt: undefined };
      point = { createdAt: last.created_at, id: last.id };
      if (step === MAX_STEPS - 1) return { rows, stoppedAt: last };
      await nextTurn();
    }
    return { rows, stoppedAt: undefined };
  }

  const { from: first = 0, before: end = Number.MAX_SAFE_INTEGER } = filters ?? {};

  return {
    /** Newest first, from just before a point in time. */
    before: (ownerId: string, point: Point, limit: number, kind?: Kind) =>
      walk(
        ownerId,
        point.createdAt > end ? { createdAt: end, id: '' } : point,
        limit,
        (from, count) => store.listBefore(ownerId, from, count, kind),
        (row) => row.created_at >= first,
      ),
    /** Oldest first, from just after a point in time. */
    after: (ownerId: string, point: Point, limit: number, kind?: Kind) =>
      walk(
        ownerId,
        point.createdAt < first ? { createdAt: first, id: '' } : point,
        limit,
        (from, count) => store.listAfter(ownerId, from, count, kind),
        (row) => row.created_at < end,
      ),
    /** How many of a day match; at most `limit` of the newest are looked at. */
    async count(ownerId: string, range: Range, limit: number, kind?: Kind): Promise<number> {
      if (!filters) return store.countBetween(ownerId, range, limit, kind);
      const from = { createdAt: Math.min(range.end, end), id: '' };
      const start = Math.max(range.start, first);
      if (from.createdAt <= start) return 0;
      const rows = await store.listBefore(ownerId, from, limit, kind);
      return (
        await matching(
          ownerId,
          rows.filter((row) => row.created_at >= start),
        )
      ).length;
    },
  };
}
