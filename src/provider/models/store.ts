import type { Db } from '../../platform/db/db.ts';

export const statements = {
  upsertProvider: `insert into providers (id, name, base_url, created_at, last_used_at) values (?, ?, ?, ?, ?)
    on conflict (id) do update set name = excluded.name, base_url = excluded.base_url, last_used_at = excluded.last_used_at`,
} as const;

/** The model servers that were ever used, so that a model is always a provider and a name. */
export function createModelStore(db: Db) {
  return {
    upsertProvider: (provider: { id: string; name: string; baseUrl: string | null; now: number }) =>
      db.run(statements.upsertProvider, [
        provider.id,
        provider.name,
        provider.baseUrl,
        provider.now,
        provider.now,
      ]),
  };
}
