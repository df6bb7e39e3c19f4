import type { Attachments } from '../../../attachments/attachments.ts';
import { notFound } from '../../../lib/errors.ts';
import type { Db } from '../../../platform/db/db.ts';
import { createTemporaryStore } from '../temporary/store.ts';
import { createPurgeStore } from './store.ts';

/** Rows of one transaction: a few milliseconds, in which no stream moves. */
const ROWS_AT_ONCE = 100;

type Deps = { db: Db; attachments: Pick<Attachments, 'sweep'>; now: () => number };

/** Deletes conversations from the trash for good, with what is attached to their messages. */
export function createPurge({ db, attachments, now }: Deps) {
  const store = createPurgeStore(db);
  const temporary = createTemporaryStore(db);

  async function remove(id: string): Promise<void> {
    // Those that go with the message they answer are not counted: only a step that removes nothing is the last.
    for (let removed = 1; removed > 0;) removed = await store.removeMessages(id, ROWS_AT_ONCE);
    await store.removeConversation(id);
  }

  async function removeMarked(): Promise<void> {
    for (;;) {
      const ids = await store.listMarked(now(), ROWS_AT_ONCE);
      for (const id of ids) await remove(id);
      if (ids.length < ROWS_AT_ONCE) return;
    }
  }

  return {
    /** Temporary ones whose time is over, with all that was said and attached. */
    async purgeExpired(): Promise<void> {
      for (let marked = ROWS_AT_ONCE; marked === ROWS_AT_ONCE;)
        marked = await temporary.markExpired(now(), ROWS_AT_ONCE);
      await removeMarked();
      await attachments.sweep();
    },
    /** One of somebody's own; its images stay in the library. @throws AppError `not_found` when it is not in the trash */
    async purge(actor: { id: string }, id: string): Promise<void> {
      if ((await store.mark(id, actor.id, now())) === 0) throw notFound();
      await remove(id);
      await attachments.sweep();
    },
    /** Those that were deleted up to an instant, by everybody or by one person; and what an earlier process began. */
    async purgeDeleted(where: { before: number; ownerId?: string | undefined }): Promise<void> {
      for (let marked = ROWS_AT_ONCE; marked === ROWS_AT_ONCE;)
        marked = await store.markDeleted(where, ROWS_AT_ONCE, now());
      await removeMarked();
      await attachments.sweep();
    },
  };
}
