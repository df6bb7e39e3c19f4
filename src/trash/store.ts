import type { ContentKinds } from '../lib/content-kinds.ts';
import type { Db } from '../platform/db/db.ts';

export type TrashRow = {
  id: string;
  kind: 'conversation' | 'image';
  title: string;
  deleted_at: number;
  /** Of an image: `ready` when there is something to see. */
  status: string | null;
};
export type Point = { deletedAt: number; id: string };

const conversations = `select c.id, 'conversation' as kind, c.title, c.deleted_at, null as status from conversations c
  where c.owner_id = ? and ? = 1 and c.deleted_at is not null and c.purged_at is null and c.kind = 'normal'`;
const images = `select i.id, 'image' as kind, coalesce(i.title, i.prompt) as title, i.deleted_at, i.status from images i
  where i.owner_id = ? and ? = 1 and i.deleted_at is not null`;

export const statements = {
  listBefore: `select * from (
      select * from (${conversations} and (c.deleted_at, c.id) < (?, ?) order by c.deleted_at desc, c.id desc limit ?)
      union all
      select * from (${images} and (i.deleted_at, i.id) < (?, ?) order by i.deleted_at desc, i.id desc limit ?)
    ) e order by e.deleted_at desc, e.id desc limit ?`,
  find: `${conversations} and c.id = ? union all ${images} and i.id = ?`,
  count: `select (select count(*) from (${conversations})) as conversations, (select count(*) from (${images})) as images`,
} as const;

/** What lies in the trash, of both kinds in one order. Reads only. */
export function createTrashStore(db: Db) {
  return {
    /** Newest first, from just before a point. */
    listBefore: (ownerId: string, kinds: ContentKinds, before: Point, limit: number) =>
      db.all<TrashRow>(statements.listBefore, [
        ...[ownerId, Number(kinds.conversations), before.deletedAt, before.id, limit],
        ...[ownerId, Number(kinds.images), before.deletedAt, before.id, limit],
        limit,
      ]),
    find: (ownerId: string, kinds: ContentKinds, id: string) =>
      db.get<TrashRow>(statements.find, [
        ...[ownerId, Number(kinds.conversations), id],
        ...[ownerId, Number(kinds.images), id],
      ]),
    count: async (ownerId: string, kinds: ContentKinds) =>
      (await db.get<{ conversations: number; images: number }>(statements.count, [
        ...[ownerId, Number(kinds.conversations), ownerId, Number(kinds.images)],
      ])) ?? { conversations: 0, images: 0 },
  };
}
