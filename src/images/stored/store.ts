import type { Image } from '../image.ts';
import type { Db, Statement } from '../../platform/db/db.ts';

export const statements = {
  insertStored: `insert into images (id, owner_id, job_id, message_id, file_id, position, status, filename, title, favourite,
      prompt, first_prompt, new_prompt, model, size, quality, background, format, width, height, created_at)
    select ?, u.id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? from users u where u.id = ?`,
  // What an import that was cut off left there.
  clear: `delete from images where message_id = ? and owner_id = ? and position = ? and status = 'failed' and file_id is null`,
  isReadyAt: `select 1 as found from images where message_id = ? and owner_id = ? and position = ? and status = 'ready'`,
  hasContent: `select 1 as found from files f join images i on i.file_id = f.id
    where f.owner_id = ? and f.bytes = ? and f.sha256 = ? and i.message_id is null limit 1`,
} as const;

/** What is told of an image that was made elsewhere. Times in milliseconds since 1970. */
export type ExistingImage = Pick<
  Image,
  'title' | 'favourite' | 'prompt' | 'firstPrompt' | 'newPrompt' | 'model' | 'createdAt'
> &
  Pick<Image, 'size' | 'quality' | 'background'>;
/** The same as it is stored; `fileId` is null for one that never came. */
export type StoredImage = ExistingImage &
  Pick<Image, 'id' | 'fileId' | 'filename' | 'format'> & {
    ownerId: string;
    jobId?: string;
    messageId?: string;
    position?: number;
    status: 'pending' | 'failed';
    width: number | null;
    height: number | null;
  };

/** Images that were made elsewhere, as rows. */
export function createStoredImageStore(db: Db) {
  return {
    insertion: (image: StoredImage): Statement => ({
      sql: statements.insertStored,
      params: [
        ...[
          image.id,
          image.jobId ?? null,
          image.messageId ?? null,
          image.fileId,
          image.position ?? 0,
          image.status,
        ],
        ...[
          image.filename,
          image.title,
          Number(image.favourite),
          image.prompt,
          image.firstPrompt,
          image.newPrompt,
        ],
        ...[
          image.model,
          image.size,
          image.quality,
          image.background,
          image.format,
          image.width,
          image.height,
        ],
        ...[image.createdAt, image.ownerId],
      ],
    }),
    clearance: (messageId: string, ownerId: string, position: number): Statement => ({
      sql: statements.clear,
      params: [messageId, ownerId, position],
    }),
    isReadyAt: async (messageId: string, ownerId: string, position: number) =>
      (await db.get(statements.isReadyAt, [messageId, ownerId, position])) !== undefined,
    /** Whether the library has an image of this content that belongs to no conversation. */
    hasContent: async (ownerId: string, bytes: number, sha256: string) =>
      (await db.get(statements.hasContent, [ownerId, bytes, sha256])) !== undefined,
  };
}
