import type { Db } from '../../platform/db/db.ts';

export type PendingPostRow = { id: string; path: string; fields: string; created_at: number };

export const statements = {
  insert: `insert into pending_posts (id, owner_id, path, fields, created_at)
    select ?, id, ?, ?, ? from users where id = ? and suspended_at is null`,
  removeOld: 'delete from pending_posts where created_at < ?',
  removeBeyond: `delete from pending_posts where id in
    (select id from pending_posts where owner_id = ? order by created_at desc, id desc limit -1 offset ?)`,
  find: 'select id, path, fields, created_at from pending_posts where id = ? and owner_id = ? and created_at >= ?',
  remove: 'delete from pending_posts where id = ? and owner_id = ?',
} as const;

/** Forms that wait for their author, as rows. */
export function createPendingPostStore(db: Db) {
  return {
    /** @returns whether there is such an account */
    insert: async (post: PendingPostRow & { ownerId: string }, limits: { since: number; most: number }) => {
      const [inserted = 0] = await db.batch([
        {
          sql: statements.insert,
          params: [post.id, post.path, post.fields, post.created_at, post.ownerId],
        },
        { sql: statements.removeOld, params: [limits.since] },
        { sql: statements.removeBeyond, params: [post.ownerId, limits.most] },
      ]);
      return inserted > 0;
    },
    find: (id: string, ownerId: string, since: number) =>
      db.get<PendingPostRow>(statements.find, [id, ownerId, since]),
    remove: (id: string, ownerId: string) => db.run(statements.remove, [id, ownerId]),
  };
}
