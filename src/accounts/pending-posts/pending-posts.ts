import { notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Db } from '../../platform/db/db.ts';
import { createPendingPostStore } from './store.ts';

export type Field = [name: string, text: string];
/** A form that was sent: to which path of ours, and with what. */
export type PendingPost = { id: string; path: string; fields: Field[] };

const KEPT_MS = 24 * 60 * 60_000;
/** Of one account. A form has at most the 2 MB of any body. */
const MAX_KEPT = 10;

/** Forms that met an ended session, kept for the account that filled them in and for no other. */
export function createPendingPosts({ db, newId, now }: { db: Db; newId: NewId; now: () => number }) {
  const store = createPendingPostStore(db);
  return {
    /** Keeps the newest ten, for a day. @returns the id to ask with, undefined when there is no such account */
    async keep(ownerId: string, path: string, fields: Field[]): Promise<string | undefined> {
      const id = newId();
      const post = { id, ownerId, path, fields: JSON.stringify(fields), created_at: now() };
      const isKept = await store.insert(post, { since: now() - KEPT_MS, most: MAX_KEPT });
      return isKept ? id : undefined;
    },
    /** @throws AppError `not_found` */
    async get(ownerId: string, id: string): Promise<PendingPost> {
      const row = await store.find(id, ownerId, now() - KEPT_MS);
      if (!row) throw notFound();
      return { id, path: row.path, fields: JSON.parse(row.fields) as Field[] };
    },
    /** Once only: the second who asks gets `not_found`. */
    async take(ownerId: string, id: string): Promise<PendingPost> {
      const post = await this.get(ownerId, id);
      if ((await store.remove(id, ownerId)) === 0) throw notFound();
      return post;
    },
  };
}

export type PendingPosts = ReturnType<typeof createPendingPosts>;
