import type { Db } from '../../platform/db/db.ts';
import type { OriginKind } from '../store.ts';

export type LinkedRow = { id: string; title: string; origin_kind: OriginKind; deleted_at: number | null };

export const statements = {
  find: `select o.id, o.title, c.origin_kind, o.deleted_at from conversations c join conversations o on o.id = c.origin_id
    where c.id = ? and c.owner_id = ? and o.owner_id = c.owner_id and o.purged_at is null`,
  listDerived: `select d.id, d.title, d.origin_kind, d.deleted_at from conversations d
    where d.origin_id = ? and d.owner_id = ? and d.purged_at is null order by d.created_at desc, d.id desc limit ?`,
} as const;

/** Which conversations go on from which; those in the trash are among them. */
export function createOriginStore(db: Db) {
  return {
    /** What a conversation goes on from. */
    find: (id: string, ownerId: string) => db.get<LinkedRow>(statements.find, [id, ownerId]),
    /** What goes on from it, newest first. */
    listDerived: (id: string, ownerId: string, limit: number) =>
      db.all<LinkedRow>(statements.listDerived, [id, ownerId, limit]),
  };
}
