import type { Db } from '../../platform/db/db.ts';

export type SumRow = {
  calls: number;
  failed: number;
  prompt_tokens: number;
  completion_tokens: number;
  pictures: number;
  cost: number;
  reserved_micros: number;
  estimated: number;
  unpriced: number;
};
export type GroupRow = SumRow & { key: string; label: string | null };

const sums = `count(*) as calls,
  coalesce(sum(e.outcome = 'failed'), 0) as failed,
  coalesce(sum(e.prompt_tokens), 0) as prompt_tokens,
  coalesce(sum(e.completion_tokens), 0) as completion_tokens,
  coalesce(sum(e.pictures), 0) as pictures,
  coalesce(sum(e.cost_micros), 0) as cost,
  coalesce(sum(case e.status when 'reserved' then e.reserved_micros else 0 end), 0) as reserved_micros,
  coalesce(sum(e.is_estimated), 0) as estimated,
  coalesce(sum(1 - e.is_priced), 0) as unpriced`;
const period = 'e.created_at >= ? and e.created_at < ?';
/** The dearest first; the next page goes on below the last one's cost and key. An alias that is no column: `having` prefers columns. */
const dearest = 'having (cost, key) < (?, ?) order by cost desc, key desc limit ?';
/** Days have a time zone, which SQL does not know; every zone is off by whole quarters of an hour. */
const QUARTER_MS = 900_000;

export const statements = {
  total: `select ${sums} from ledger_entries e where ${period}`,
  listByPerson: `select coalesce(e.owner_id, '') as key, u.username as label, ${sums}
    from ledger_entries e left join users u on u.id = e.owner_id where ${period} group by e.owner_id ${dearest}`,
  listByModel: `select coalesce(e.model, '') as key, e.model as label, ${sums}
    from ledger_entries e where ${period} group by e.model ${dearest}`,
  listByQuarter: `select cast(e.created_at / ${QUARTER_MS} as text) as key, null as label, ${sums}
    from ledger_entries e where ${period} group by e.created_at / ${QUARTER_MS}`,
  listModelsOf: `select coalesce(e.model, '') as key, e.model as label, ${sums}
    from ledger_entries e where e.owner_id = ? and ${period} group by e.model
    order by cost desc, calls desc, key limit ?`,
  listModels: `select distinct e.model from ledger_entries e where ${period} and e.model is not null limit ?`,
} as const;

export type Range = { from: number; to: number };

/** Sums over the ledger. It is only read here. */
export function createReportStore(db: Db) {
  const grouped = (sql: string) => (range: Range, before: { cost: number; key: string }, limit: number) =>
    db.all<GroupRow>(sql, [range.from, range.to, before.cost, before.key, limit]);
  return {
    total: ({ from, to }: Range) => db.get<SumRow>(statements.total, [from, to]),
    listByPerson: grouped(statements.listByPerson),
    listByModel: grouped(statements.listByModel),
    listByQuarter: async ({ from, to }: Range) =>
      (await db.all<GroupRow>(statements.listByQuarter, [from, to])).map((row) => ({
        ...row,
        at: Number(row.key) * QUARTER_MS,
      })),
    listModelsOf: (ownerId: string, { from, to }: Range, limit: number) =>
      db.all<GroupRow>(statements.listModelsOf, [ownerId, from, to, limit]),
    listModels: async ({ from, to }: Range, limit: number) =>
      (await db.all<{ model: string }>(statements.listModels, [from, to, limit])).map(({ model }) => model),
  };
}

export type ReportStore = ReturnType<typeof createReportStore>;
