import type { Db } from '../../platform/db/db.ts';

export const statements = {
  // `is`, since the demo model has no base URL. The oldest: before, several rows could have the same one.
  find: 'select id from providers where base_url is ? order by created_at limit 1',
  list: 'select id, name from providers order by created_at',
  insert: `insert into providers (id, name, base_url, created_at, last_used_at) values (?, ?, ?, ?, ?)
    on conflict (id) do nothing`,
} as const;

/** The model servers that were ever used, one row for each base URL; a row is never given to another one. */
export function createServerStore(db: Db) {
  return {
    find: (baseUrl: string | null) => db.get<{ id: string }>(statements.find, [baseUrl]),
    list: () => db.all<{ id: string; name: string }>(statements.list),
    insert: (server: { id: string; name: string; baseUrl: string | null; now: number }) => {
      const { id, name, baseUrl, now } = server;
      return db.run(statements.insert, [id, name, baseUrl, now, now]);
    },
  };
}
