import type { Actor } from '../lib/actor.ts';
import { AppError, notFound } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import { excerpt } from '../lib/text.ts';
import { utcStamp } from '../lib/time.ts';
import type { Files, StoredFile, View } from '../files/files.ts';
import type { Images } from '../images/images.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { describe, toAttachment, type Attachment, type AttachmentRow } from './attachment.ts';
import { createParts } from './parts.ts';
import { readAll } from './read-all.ts';
import { createReader, type ReadFile } from './reading/reader.ts';
import { createAttachmentStore } from './store.ts';
import { createUnusedRemoval } from './unused.ts';

export type { AttachmentRow, Attachment, AttachmentKind } from './attachment.ts';
export { MAX_TEXT_BYTES } from './reading/text.ts';
export { textOrFileNames } from './store.ts';
export { trayRow, type TrayRow } from './tray.ts';
export { attachmentJson, attachmentView, sizeText, type AttachmentView } from './views.ts';

/** In bytes; the limit of uploads that an administrator sets may be lower. */
export const MAX_FILE_BYTES = 20_000_000;
export const MAX_PER_MESSAGE = 10;
/** What surrounds a file in a form. */
const FORM_FRAME_BYTES = 64 * 1024;
/** What a form of a message may hold beside its text. */
export const messageFiles = {
  types: ['multipart/form-data'],
  maxBytes: MAX_FILE_BYTES + FORM_FRAME_BYTES,
  files: {
    maxBytes: MAX_FILE_BYTES,
    maxTotalBytes: MAX_FILE_BYTES + FORM_FRAME_BYTES,
    maxCount: MAX_PER_MESSAGE,
  },
};
const MEGABYTE = 1_000_000;
const MAX_NAME = 120;
const endings = { 'image/png': 'png', 'image/jpeg': 'jpg', 'application/pdf': 'pdf', 'text/plain': 'txt' };

type Deps = {
  db: Db;
  files: Files;
  images: Pick<Images, 'get' | 'open'>;
  log: Log;
  newId: NewId;
  now: () => number;
};

/** Files that people attach to messages: images, text and PDFs, each known by its content and kept with its message. */
export function createAttachments(deps: Deps) {
  const { db, files, images, newId, now } = deps;
  const store = createAttachmentStore(db);
  const reader = createReader(deps);
  const unused = createUnusedRemoval({ store, files, now });

  async function getRow(actor: Actor, id: string): Promise<AttachmentRow> {
    const row = await store.find(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  /** Room first, then the bytes; the row appears together with them. */
  async function keep(actor: Actor, name: string, file: ReadFile): Promise<Attachment> {
    const [id, fileId] = [newId(), newId()];
    const maxBytes = file.bytes.length;
    await store.batch([files.reserve({ id: fileId, ownerId: actor.id, kind: 'attachment', maxBytes })]);
    const row = { ...describe(file), id, owner_id: actor.id, file_id: fileId, name, created_at: now() };
    const text = file.kind === 'image' ? null : file.text;
    const content = { place: placeOf(fileId, file.type, now()), bytes: file.bytes, sha256: file.sha256 };
    const insertion = store.insertion({ ...row, text });
    try {
      // False: its owner is being deleted.
      if (await files.commit(fileId, content, { ready: [insertion] })) return toAttachment(row);
    } catch (error) {
      await store.batch([files.release(fileId)]);
      await files.sweep();
      throw error;
    }
    throw notFound();
  }

  return {
    /**
     * Stores a file that no message has yet: for a day, or as long as a draft names it.
     * @throws AppError `attachment_…` saying why it cannot be attached, `quota_reached`, `storage_full`
     */
    async add(actor: Actor, file: { name: string; bytes: Buffer }): Promise<Attachment> {
      const read = await reader.read(file.bytes);
      return keep(actor, cleanName(file.name, read.kind), read);
    },

    /** A copy of an image of one's own library. @throws AppError `not_found`, `quota_reached` */
    async addImage(actor: Actor, imageId: string): Promise<Attachment> {
      const image = await images.get(actor, imageId);
      const read = await reader.read(await readAll(await images.open(image)));
      return keep(actor, excerpt(image.title ?? image.prompt, MAX_NAME), read);
    },

    /** @throws AppError `not_found` */
    get: async (actor: Actor, id: string) => toAttachment(await getRow(actor, id)),
    /** Those that are there, in the order of the ids. */
    list: async (actor: Actor, ids: readonly string[]) =>
      ids.length === 0 ? [] : (await store.list(ids, actor.id)).map(toAttachment),

    /** The file, or a smaller copy of an image. @throws AppError `not_found` */
    async open(actor: Actor, id: string, view?: View): Promise<StoredFile & { type: string }> {
      const row = await getRow(actor, id);
      if (row.file_id === null) throw notFound();
      if (row.kind !== 'image' || !view) return { ...(await files.open(row.file_id)), type: row.type };
      const format = row.type.replace('image/', '');
      const copy = await files.openRendition(row.file_id, format, view);
      return { ...copy, type: `image/${copy.format}` };
    },

    /** Removes one that no message has. @throws AppError `not_found`, `attachment_in_use` */
    async remove(actor: Actor, id: string): Promise<void> {
      const row = await getRow(actor, id);
      const purge = row.file_id === null ? [] : [files.purge(row.file_id)];
      await store.batch([store.removal(id, actor.id), ...purge]);
      await files.sweep();
    },

    /**
     * What gives a new message its attachments, to be stored in the same batch; the batch fails with
     * `attachment_missing` when one of them is not the owner's or is gone.
     */
    linking: (ownerId: string, messageId: string, ids: readonly string[]): Statement[] =>
      [...new Set(ids)].map((id, position) => store.link({ messageId, position, id, ownerId })),
    /** Gives a message these instead of those that it has; in one batch, which fails as with `linking`. */
    relinking: (ownerId: string, messageId: string, ids: readonly string[]): Statement[] => [
      store.unlink(messageId, ownerId),
      ...[...new Set(ids)].map((id, position) => store.link({ messageId, position, id, ownerId })),
    ],
    /** Gives a message what another message of the same owner has. */
    copying: (ownerId: string, fromMessageId: string, toMessageId: string): Statement =>
      store.copyLinks(fromMessageId, toMessageId, ownerId),

    /** By message; those without any are left out. */
    async listOfMessages(ownerId: string, messageIds: readonly string[]): Promise<Map<string, Attachment[]>> {
      const found = new Map<string, Attachment[]>();
      if (messageIds.length === 0) return found;
      for (const row of await store.listOfMessages(messageIds, ownerId)) {
        const known = found.get(row.message_id);
        if (known) known.push(toAttachment(row));
        else found.set(row.message_id, [toAttachment(row)]);
      }
      return found;
    },

    /** What a model is sent of the attachments of messages. */
    partsOf: createParts({ store, files }),

    /** Removes what nothing has any more: of deleted messages at once, of unsent ones after a day. */
    sweep: unused.sweep,
    /** At the start: what an earlier process had not written to the end is given up. */
    async recover(): Promise<void> {
      await store.batch([files.releaseAll('attachment')]);
      await unused.sweep();
    },
    async close(): Promise<void> {
      reader.close();
      await unused.close();
    },
  };
}

export type Attachments = ReturnType<typeof createAttachments>;

/** @throws AppError `attachment_too_large` with both sizes in megabytes */
export function requireSmallFile(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  const size = Math.ceil((bytes / MEGABYTE) * 10) / 10;
  throw new AppError('attachment_too_large', { params: { size, max: Math.floor(maxBytes / MEGABYTE) } });
}

/** Without the folders that some clients send along. */
function cleanName(name: string, kind: string): string {
  return excerpt(name.replace(/^.*[\\/]/s, ''), MAX_NAME) || kind;
}

function placeOf(fileId: string, type: string, at: number): string {
  const { year, month } = utcStamp(at);
  return `attachments/${year}/${month}/${fileId}.${(endings as Record<string, string>)[type] ?? 'bin'}`;
}
