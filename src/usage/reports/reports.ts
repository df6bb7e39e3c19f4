import type { Db } from '../../platform/db/db.ts';
import { dateIn } from '../../lib/time.ts';
import { createReportStore, type GroupRow, type Range, type SumRow } from './store.ts';

/** Money in millionths of a dollar. `reservedMicros`: of calls that still run. `unpriced`: calls to models without a price. */
export type Sums = {
  calls: number;
  failed: number;
  promptTokens: number;
  completionTokens: number;
  pictures: number;
  costMicros: number;
  reservedMicros: number;
  estimated: number;
  unpriced: number;
};
/** From an instant up to, and without, another. */
export type Period = Range;
export type GroupSum = Sums & { key: string; label: string | null };
export type DaySum = Sums & { date: string };
export type GroupCursor = { cost: number; key: string };

const MOST_MODELS = 500;
const none: Sums = {
  ...{ calls: 0, failed: 0, promptTokens: 0, completionTokens: 0, pictures: 0 },
  ...{ costMicros: 0, reservedMicros: 0, estimated: 0, unpriced: 0 },
};
const first: GroupCursor = { cost: Number.MAX_SAFE_INTEGER, key: '' };

/** What the ledger adds up to: for administrators by person, model and day, for each person their own. */
export function createReports(db: Db) {
  const store = createReportStore(db);

  const paged =
    (list: typeof store.listByPerson) =>
    async (period: Period, limit: number, after: GroupCursor = first) => {
      const rows = await list(period, after, limit + 1);
      const groups = rows.slice(0, limit).map(toGroup);
      const last = groups.at(-1);
      const next = rows.length > limit && last ? { cost: last.costMicros, key: last.key } : undefined;
      return { groups, next };
    };

  return {
    total: async (period: Period): Promise<Sums> => toSums(await store.total(period)),
    /** The dearest first. The key is the person's id, empty for people who are gone. */
    byPerson: paged(store.listByPerson),
    byModel: paged(store.listByModel),

    /** Days of a time zone on which there were calls, newest first. */
    async byDay(period: Period, zone: string): Promise<DaySum[]> {
      const days = new Map<string, Sums>();
      for (const row of await store.listByQuarter(period)) {
        const date = dateIn(zone, row.at);
        days.set(date, add(days.get(date) ?? none, toSums(row)));
      }
      return [...days].map(([date, sums]) => ({ date, ...sums })).sort((a, b) => (a.date < b.date ? 1 : -1));
    },

    /** One person's own: by model, and together. */
    async own(ownerId: string, period: Period): Promise<{ total: Sums; models: GroupSum[] }> {
      const models = (await store.listModelsOf(ownerId, period, MOST_MODELS)).map(toGroup);
      return { total: models.reduce<Sums>(add, none), models };
    },

    /** Names of the models that were called. */
    models: (period: Period) => store.listModels(period, MOST_MODELS),
  };
}

function add(a: Sums, b: Sums): Sums {
  return Object.fromEntries(
    Object.keys(none).map((key) => [key, a[key as keyof Sums] + b[key as keyof Sums]]),
  ) as Sums;
}

function toSums(row: SumRow | undefined): Sums {
  if (!row) return none;
  return {
    calls: row.calls,
    failed: row.failed,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    pictures: row.pictures,
    costMicros: row.cost,
    reservedMicros: row.reserved_micros,
    estimated: row.estimated,
    unpriced: row.unpriced,
  };
}

const toGroup = (row: GroupRow): GroupSum => ({ key: row.key, label: row.label, ...toSums(row) });
