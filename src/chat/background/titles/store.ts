import type { Db } from '../../../platform/db/db.ts';

/** Its person has not switched titles and summaries off. */
export const isWanted = `exists (select 1 from users u where u.id = conversations.owner_id and u.automatic_titles = 1)`;

export const statements = {
  // Decides and notes in one: whoever comes second, or after a crash, does not ask again.
  claim: `update conversations set title_asked_at = ?
    where id = ? and owner_id = ? and title_asked_at is null and title_is_own = 0 and deleted_at is null and kind = 'normal'
      and ${isWanted}`,
  setTitle: `update conversations set title = ?
    where id = ? and owner_id = ? and title_is_own = 0 and deleted_at is null`,
} as const;

/** Titles that a model makes. */
export function createTitleStore(db: Db) {
  return {
    /** @returns false when there is a title already that stays, it was asked for before, or nobody wants one */
    claim: async (id: string, ownerId: string, now: number) =>
      (await db.run(statements.claim, [now, id, ownerId])) > 0,
    /** @returns false when its person has given it a title meanwhile */
    setTitle: async (id: string, ownerId: string, title: string) =>
      (await db.run(statements.setTitle, [title, id, ownerId])) > 0,
  };
}
