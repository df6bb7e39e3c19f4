import type { Db } from '../platform/db/db.ts';

export const statements = {
  countImages: `select count(*) as count from images where status = 'ready'`,
} as const;

/** Figures over everybody's rows, for the overview. Never a name or a text. */
export function createAdminStore(db: Db) {
  return {
    countImages: async () => (await db.get<{ count: number }>(statements.countImages))?.count ?? 0,
  };
}
