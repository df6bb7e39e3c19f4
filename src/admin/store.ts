import type { Db } from '../platform/db/db.ts';

export const statements = {
  sumPictures: `select count(*) as count, coalesce(sum(bytes), 0) as bytes from images where status = 'ready'`,
} as const;

/** Figures over everybody's rows, for the overview. Never a name or a text. */
export function createAdminStore(db: Db) {
  return {
    sumPictures: async () =>
      (await db.get<{ count: number; bytes: number }>(statements.sumPictures)) ?? { count: 0, bytes: 0 },
  };
}
