import type { Db } from '../../platform/db/db.ts';

export type SumRow = {
  key: string;
  calls: number;
  failed: number;
  prompt_tokens: number;
  completion_tokens: number;
  images: number;
  cost_micros: number;
  reserved_micros: number;
  estimated: number;
  unpriced: number;
};
/** From an instant up to, and without, another. */
export type Range = { from: number; to: number };

const sums = `count(*) as calls,
  sum(e.outcome is not null and e.outcome = 'failed') as failed,
  sum(e.prompt_tokens) as prompt_tokens,
  sum(e.completion_tokens) as completion_tokens,
  sum(e.images) as images,
  sum(e.cost_micros) as cost_micros,
  sum(case e.status when 'reserved' then e.reserved_micros else 0 end) as reserved_micros,
  sum(e.is_estimated) as estimated,
  sum(1 - e.is_priced) as unpriced`;
const within = 'e.created_at >= ? and e.created_at < ?';

export const statements = {
  listByPerson: `select coalesce(e.owner_id, '') as key, ${sums} from ledger_entries e where ${within} group by e.owner_id`,
  listByModel: `select coalesce(e.model, '') as key, ${sums} from ledger_entries e where ${within} group by e.model`,
  listModelsOf: `select coalesce(e.model, '') as key, ${sums} from ledger_entries e
    where e.owner_id = ? and ${within} group by e.model limit ?`,
  listModels: `select distinct e.model from ledger_entries e where ${within} and e.model is not null limit ?`,
  findName: 'select username from users where id = ?',
} as const;

/** Sums over the ledger. It is only read here. */
export function createReportStore(db: Db) {
  return {
    listByPerson: ({ from, to }: Range) => db.all<SumRow>(statements.listByPerson, [from, to]),
    listByModel: ({ from, to }: Range) => db.all<SumRow>(statements.listByModel, [from, to]),
    listModelsOf: (ownerId: string, { from, to }: Range, limit: number) =>
      db.all<SumRow>(statements.listModelsOf, [ownerId, from, to, limit]),
    listModels: async ({ from, to }: Range, limit: number) =>
      (await db.all<{ model: string }>(statements.listModels, [from, to, limit])).map(({ model }) => model),
    findName: async (userId: string) =>
      (await db.get<{ username: string }>(statements.findName, [userId]))?.username,
  };
}
