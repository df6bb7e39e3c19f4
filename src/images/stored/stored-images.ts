import { createHash } from 'node:crypto';
import type { Actor } from '../../lib/actor.ts';
import type { Files } from '../../files/files.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Db, Statement } from '../../platform/db/db.ts';
import { imageSize, sniffImage } from '../../platform/image-codec.ts';
import { nameOf } from '../file-name.ts';
import { createImageStore } from '../store.ts';
import { createStoredImageStore, type ExistingImage } from './store.ts';

export type { ExistingImage } from './store.ts';

/** Which answer it belongs to; one of the library alone has none. */
export type ImagePlace = { messageId: string; jobId: string; position: number } | null;

type Deps = { db: Db; files: Files; jobs: Pick<Jobs, 'prepareDone'>; newId: NewId; now: () => number };

/** Takes images into the library that were made before and elsewhere. Their bytes are kept as they are. */
export function createStoredImages({ db, files, jobs, newId, now }: Deps) {
  const images = createImageStore(db);
  const store = createStoredImageStore(db);

  async function isKept(
    actor: Actor,
    place: ImagePlace,
    bytes: Uint8Array,
    sha256: string,
  ): Promise<boolean> {
    if (place) return store.isReadyAt(place.messageId, actor.id, place.position);
    return store.hasContent(actor.id, bytes.length, sha256);
  }

  return {
    /**
     * The job that stands for the making of an answer's images: the one that is there already, or a new one.
     * @param at when they were made, in milliseconds since 1970
     */
    async jobOf(
      actor: Actor,
      messageId: string,
      about: { prompt: string; count: number; at: number },
    ): Promise<string> {
      const known = await images.jobOfMessage(messageId, actor.id);
      if (known) return known;
      const { prompt, count } = about;
      const asked = {
        prompt,
        count,
        model: null,
        size: null,
        quality: null,
        background: null,
        format: 'png',
      };
      const input = {
        ...asked,
        compression: null,
        moderation: null,
        requestId: 'import',
        authMethod: 'system',
        keyId: null,
      };
      const { id, statement } = jobs.prepareDone(actor, { kind: 'image', input, at: about.at });
      await db.batch([statement], 'deferred');
      return id;
    },

    /**
     * Stores an image with its bytes. What is there already, also in the trash, is not stored again.
     * @returns whether it was new @throws AppError `upstream_image_unreadable`, `quota_reached`, `storage_full`
     */
    async add(actor: Actor, image: ExistingImage, place: ImagePlace, bytes: Buffer): Promise<boolean> {
      const { width, height } = await imageSize(bytes);
      const format = sniffImage(bytes) ?? 'png';
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (await isKept(actor, place, bytes, sha256)) return false;
      const { filename, path } = nameOf(format, image.createdAt);
      const [id, fileId] = [newId(), newId()];
      const row = { ...image, ...place, id, fileId, ownerId: actor.id, filename, format, width, height };
      const before: Statement[] = place ? [store.clearance(place.messageId, actor.id, place.position)] : [];
      const reservation = files.reserve({
        id: fileId,
        ownerId: actor.id,
        kind: 'image',
        maxBytes: bytes.length,
      });
      // On the disk with the next transaction, which comes before the bytes.
      await db.batch([...before, reservation, store.insertion({ ...row, status: 'pending' })], 'deferred');
      return files.commit(fileId, { place: path, bytes, sha256 }, { ready: [images.readiness(id, now())] });
    },

    /** An image that was asked for elsewhere and never came. */
    async addFailed(actor: Actor, image: ExistingImage, place: NonNullable<ImagePlace>): Promise<void> {
      const row = {
        ...image,
        ...place,
        id: newId(),
        fileId: null,
        ownerId: actor.id,
        filename: null,
        format: 'png',
      };
      const insertion = store.insertion({ ...row, width: null, height: null, status: 'failed' });
      await db.batch([store.clearance(place.messageId, actor.id, place.position), insertion], 'deferred');
    },
  };
}

export type StoredImages = ReturnType<typeof createStoredImages>;
