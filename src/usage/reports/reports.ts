import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Db } from '../../platform/db/db.ts';
import { nextDate, type Calendar } from '../../lib/time.ts';
import type { Days } from '../period.ts';
import { createReportStore, type Range, type SumRow } from './store.ts';

/** Money in millionths of a dollar. `reservedMicros`: of calls that still run. `unpriced`: calls to models without a price. */
export type Sums = {
  calls: number;
  failed: number;
  promptTokens: number;
  completionTokens: number;
  images: number;
  costMicros: number;
  reservedMicros: number;
  estimated: number;
  unpriced: number;
};
export type GroupSum = Sums & { key: string };
export type Grouping = 'person' | 'model' | 'day';
export type Report = { total: Sums; groups: GroupSum[] };

const MAX_MODELS = 500;
const none: Sums = {
  calls: 0,
  failed: 0,
  promptTokens: 0,
  completionTokens: 0,
  images: 0,
  costMicros: 0,
  reservedMicros: 0,
  estimated: 0,
  unpriced: 0,
};

/** What the ledger adds up to: for administrators by person, model or day, for each person their own. */
export function createReports(db: Db, calendar: Calendar) {
  const store = createReportStore(db);

  return {
    /**
     * Sums of whole days: by person (the key is the id, empty for people who are gone) and by model the dearest first, by
     * day the newest first. Read day by day with a pause between: a year at once would hold every stream up.
     */
    async of(days: Days, by: Grouping): Promise<Report> {
      const groups = new Map<string, Sums>();
      let total = none;
      for (let date = days.firstDay; date <= days.lastDay; date = nextDate(date)) {
        const range = calendar.dayRange(days.zone, date);
        if (!range) continue;
        const day = { from: range.start, to: range.end };
        for (const row of await (by === 'person' ? store.listByPerson(day) : store.listByModel(day))) {
          const key = by === 'day' ? date : row.key;
          groups.set(key, add(groups.get(key) ?? none, toSums(row)));
          total = add(total, toSums(row));
        }
        await nextTurn();
      }
      const list = [...groups].map(([key, sums]) => ({ key, ...sums }));
      return { total, groups: list.sort(by === 'day' ? newestFirst : dearestFirst) };
    },

    /** One person's own: by model, and together. */
    async own(ownerId: string, range: Range): Promise<Report> {
      const rows = await store.listModelsOf(ownerId, range, MAX_MODELS);
      const groups = rows.map((row) => ({ key: row.key, ...toSums(row) })).sort(dearestFirst);
      return { total: groups.reduce<Sums>(add, none), groups };
    },

    /** Names of the models that were called. */
    models: (range: Range) => store.listModels(range, MAX_MODELS),
    nameOf: (userId: string) => store.findName(userId),
  };
}

const newestFirst = (a: GroupSum, b: GroupSum) => (a.key < b.key ? 1 : -1);
/** Where the cost is the same, by key, so that a page goes on where the last one ended. */
const dearestFirst = (a: GroupSum, b: GroupSum) => b.costMicros - a.costMicros || (a.key < b.key ? -1 : 1);

function add(a: Sums, b: Sums): Sums {
  return {
    calls: a.calls + b.calls,
    failed: a.failed + b.failed,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    images: a.images + b.images,
    costMicros: a.costMicros + b.costMicros,
    reservedMicros: a.reservedMicros + b.reservedMicros,
    estimated: a.estimated + b.estimated,
    unpriced: a.unpriced + b.unpriced,
  };
}

const toSums = (row: SumRow): Sums => ({
  calls: row.calls,
  failed: row.failed,
  promptTokens: row.prompt_tokens,
  completionTokens: row.completion_tokens,
  images: row.images,
  costMicros: row.cost_micros,
  reservedMicros: row.reserved_micros,
  estimated: row.estimated,
  unpriced: row.unpriced,
});
