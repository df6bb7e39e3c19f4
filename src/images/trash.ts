import type { Files } from '../files/files.ts';
import { isAppError, notFound } from '../lib/errors.ts';
import type { Statement } from '../platform/db/db.ts';
import { toImage, type Image } from './image.ts';
import type { DeletedRow, ImageRow, ImageStore } from './store.ts';

const PURGED_AT_ONCE = 100;

type Actor = { id: string };
type Deps = {
  store: ImageStore;
  files: Pick<Files, 'trash' | 'restore' | 'purge' | 'sweep'>;
  now: () => number;
};

/** Images into the trash, out of it, and gone for good. */
export function createImageTrash({ store, files, now }: Deps) {
  async function getDeletedRow(actor: Actor, id: string): Promise<ImageRow> {
    const row = await store.findDeleted(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  const purging = (row: DeletedRow): Statement[] => [
    store.purge(row.id, row.owner_id),
    ...(row.file_id === null ? [] : [files.purge(row.file_id)]),
  ];

  return {
    /** Moves it to the trash. @throws AppError `not_found` */
    async remove(actor: Actor, id: string): Promise<void> {
      const row = await store.find(id, actor.id);
      if (!row) throw notFound();
      const trash = row.file_id === null ? [] : [files.trash(row.file_id)];
      await store.batch([store.removal(id, actor.id, now()), ...trash]);
    },
    /** @throws AppError `not_found` */
    async restore(actor: Actor, id: string): Promise<Image> {
      const row = await getDeletedRow(actor, id);
      const restore = row.file_id === null ? [] : [files.restore(row.file_id)];
      await store.batch([store.restoration(id, actor.id), ...restore]);
      const restored = await store.find(id, actor.id);
      if (!restored) throw notFound();
      return toImage(restored);
    },
    /** One that lies in the trash. @throws AppError `not_found` */
    getDeleted: async (actor: Actor, id: string) => toImage(await getDeletedRow(actor, id)),

    /** Deletes one from the trash for good, with its bytes. @throws AppError `not_found` */
    async purge(actor: Actor, id: string): Promise<void> {
      await store.batch(purging(await getDeletedRow(actor, id)));
      await files.sweep();
    },
    /** Deletes for good what was deleted up to an instant, by everybody or by one person. */
    async purgeDeleted(where: { before: number; ownerId?: string | undefined }): Promise<void> {
      for (;;) {
        const rows = await store.listDeleted(where, PURGED_AT_ONCE);
        // Each by itself: one that is restored meanwhile must not keep the others.
        for (const row of rows)
          await store.batch(purging(row)).catch((error: unknown) => {
            if (!isAppError(error, 'not_found')) throw error;
          });
        await files.sweep();
        if (rows.length < PURGED_AT_ONCE) return;
      }
    },
  };
}
