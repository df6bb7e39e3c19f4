import type { Db, Durability } from '../platform/db/db.ts';

export type PriceRow = {
  model: string;
  prompt_micros_per_million: number;
  completion_micros_per_million: number;
  image_micros: number;
  version: number;
};
export type LimitRow = { name: string; value: number; version: number };

/** An entry as it is when the call is sent. */
export type NewEntry = {
  id: string;
  ownerId: string | null;
  authMethod: string;
  keyId: string | null;
  kind: 'chat' | 'image';
  purpose: string;
  subjectId: string | null;
  providerId: string | null;
  model: string;
  attempt: number;
  isPriced: number;
  reservedMicros: number;
  createdAt: number;
};
/** What is known when it is over. */
export type EntryEnd = {
  outcome: string;
  error: string | null;
  promptTokens: number;
  completionTokens: number;
  images: number;
  isEstimated: number;
  costMicros: number;
  durationMs: number;
  settledAt: number;
};

const entryColumns = `id, owner_id, auth_method, api_key_id, kind, purpose, subject_id, provider_id, model, attempt, is_priced,
  reserved_micros, created_at`;
// An owner who has gone meanwhile must not keep an entry from being written.
const entryPlaces = '?, (select id from users where id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?';

export const statements = {
  reserve: `insert into ledger_entries (${entryColumns}, status) values (${entryPlaces}, 'reserved')
    on conflict (id) do nothing`,
  // Writes the whole entry when its reservation could not be stored.
  settle: `insert into ledger_entries (${entryColumns}, status, outcome, error, prompt_tokens, completion_tokens, images,
      is_estimated, cost_micros, duration_ms, settled_at) values (${entryPlaces}, 'settled', ?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (id) do update set status = 'settled', outcome = excluded.outcome, error = excluded.error,
      prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens,
      images = excluded.images, is_estimated = excluded.is_estimated, cost_micros = excluded.cost_micros,
      duration_ms = excluded.duration_ms, settled_at = excluded.settled_at where status = 'reserved'`,
  settleLeft: `update ledger_entries set status = 'settled', outcome = 'unknown', is_estimated = 1,
      cost_micros = reserved_micros, settled_at = ? where status = 'reserved'`,

  allPrices: `select model, prompt_micros_per_million, completion_micros_per_million, image_micros, version from prices`,
  // A version of 0 is that of a price nobody has changed yet.
  changePrice: `insert into prices
      (model, prompt_micros_per_million, completion_micros_per_million, image_micros, updated_at, updated_by)
    select ?, ?, ?, ?, ?, ? where ? = coalesce((select version from prices where model = ?), 0)
    on conflict (model) do update set prompt_micros_per_million = excluded.prompt_micros_per_million,
      completion_micros_per_million = excluded.completion_micros_per_million, image_micros = excluded.image_micros,
      version = prices.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by
    returning model, prompt_micros_per_million, completion_micros_per_million, image_micros, version`,

  allLimits: 'select name, value, version from limits',
  changeLimit: `insert into limits (name, value, updated_at, updated_by)
    select ?, ?, ?, ? where ? = coalesce((select version from limits where name = ?), 0)
    on conflict (name) do update set value = excluded.value, version = limits.version + 1,
      updated_at = excluded.updated_at, updated_by = excluded.updated_by`,

  setStorageLimit: 'update users set storage_limit_bytes = ?, updated_at = ? where id = ?',
} as const;

/** Ledger, prices and limits as rows. */
export function createUsageStore(db: Db) {
  return {
    reserve: (entry: NewEntry, durability: Durability) =>
      db.batch([{ sql: statements.reserve, params: entryParams(entry) }], durability),
    settle: (entry: NewEntry, end: EntryEnd) =>
      db.run(statements.settle, [
        ...entryParams(entry),
        ...[end.outcome, end.error, end.promptTokens, end.completionTokens, end.images],
        ...[end.isEstimated, end.costMicros, end.durationMs, end.settledAt],
      ]),
    settleLeft: (now: number) => db.run(statements.settleLeft, [now]),

    listPrices: () => db.all<PriceRow>(statements.allPrices),
    /** @returns undefined when that version is no longer the current one */
    changePrice: async (price: {
      model: string;
      promptMicrosPerMillion: number;
      completionMicrosPerMillion: number;
      imageMicros: number;
      version: number;
      actorId: string;
      now: number;
    }) =>
      (
        await db.all<PriceRow>(statements.changePrice, [
          ...[price.model, price.promptMicrosPerMillion, price.completionMicrosPerMillion],
          ...[price.imageMicros, price.now, price.actorId, price.version, price.model],
        ])
      )[0],

    listLimits: () => db.all<LimitRow>(statements.allLimits),
    /** All or none. @throws AppError `conflict` when one of the versions is no longer the current one */
    changeLimits: (
      changes: { name: string; value: number; version: number }[],
      actorId: string,
      now: number,
    ) =>
      db.batch(
        changes.map(({ name, value, version }) => ({
          sql: statements.changeLimit,
          params: [name, value, now, actorId, version, name],
          mustChange: true,
        })),
      ),

    setStorageLimit: (ownerId: string, bytes: number | null, now: number) =>
      db.run(statements.setStorageLimit, [bytes, now, ownerId]),
  };
}

function entryParams(entry: NewEntry) {
  return [
    ...[entry.id, entry.ownerId, entry.authMethod, entry.keyId, entry.kind, entry.purpose, entry.subjectId],
    ...[entry.providerId, entry.model, entry.attempt, entry.isPriced, entry.reservedMicros, entry.createdAt],
  ];
}

export type UsageStore = ReturnType<typeof createUsageStore>;
