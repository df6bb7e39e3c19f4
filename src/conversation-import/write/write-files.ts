import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../lib/actor.ts';
import type { Files } from '../../files/files.ts';
import type { StoredImages } from '../../images/images.ts';
import { isAppError } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import { normalizeText } from '../../lib/text.ts';
import { imageSize, MAX_IMAGE_BYTES, sniffImage } from '../../platform/image-codec.ts';
import type { Archive } from '../archive/open-archive.ts';
import type { ImportedAttachment, ImportedImage, ImportedMessage, NoticeReason } from '../imported.ts';
import type { ReportBuilder } from '../report.ts';
import type { ImportStore } from './store.ts';

/** A text that a model could read, as one message. */
const MAX_TEXT_BYTES = 1_000_000;
const PDF_SIGNATURE = '%PDF-';

type Deps = {
  store: ImportStore;
  files: Pick<Files, 'reserve' | 'commit' | 'release'>;
  storedImages: StoredImages;
  newId: NewId;
};
type Target = { actor: Actor; archive: Archive; report: ReportBuilder };
type Known = {
  type: string;
  kind: ImportedAttachment['kind'];
  width: number | null;
  height: number | null;
  text: string | null;
};

/** Stores the images and attachments of messages. What cannot be kept is told in the report, and the rest goes on. */
export function createFileWriter({ store, files, storedImages, newId }: Deps) {
  async function bytesOf({ archive }: Target, entry: string): Promise<Buffer | NoticeReason> {
    const found = archive.entries.get(entry);
    if (!found) return 'file_missing';
    if (found.bytes > MAX_IMAGE_BYTES) return 'too_large';
    // What is damaged inside the archive ends here; the rest of it can still be read.
    return found
      .open()
      .then(buffer)
      .catch(() => 'unreadable' as const);
  }

  async function addImage(target: Target, image: ImportedImage, place: Parameters<StoredImages['add']>[2]) {
    const { actor, report } = target;
    const { entry, name } = image.file;
    if (image.status === 'failed') return place ? storedImages.addFailed(actor, image, place) : undefined;
    if (entry === null) return;
    const bytes = await bytesOf(target, entry);
    if (typeof bytes === 'string') return report.note({ what: name, why: bytes });
    try {
      if (await storedImages.add(actor, image, place, bytes)) report.count('images');
    } catch (error) {
      report.note({ what: name, why: reasonOf(error) });
    }
  }

  async function addAttachment(target: Target, one: ImportedAttachment, messageId: string, position: number) {
    const { actor, report } = target;
    if (await store.hasAttachment(messageId, position, actor.id)) return;
    const row = {
      ...one,
      id: newId(),
      messageId,
      ownerId: actor.id,
      position,
      fileId: null,
      width: null,
      height: null,
    };
    const { entry = null } = one.file ?? {};
    if (entry === null) {
      const text = one.text === null ? null : normalizeText(one.text);
      await store.batch(store.attachmentInsertion({ ...row, text }));
      return report.count('attachments');
    }
    const bytes = await bytesOf(target, entry);
    const known = typeof bytes === 'string' ? bytes : await recognise(bytes);
    if (typeof bytes === 'string' || typeof known === 'string')
      return report.note({ what: one.name, why: typeof known === 'string' ? known : 'unreadable' });
    const fileId = newId();
    const text = one.text ?? known.text;
    const insertion = store.attachmentInsertion({ ...row, ...known, text, bytes: bytes.length, fileId });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const place = `attachments/${fileId.slice(-2)}/${fileId}`;
    try {
      await store.batch([
        files.reserve({ id: fileId, ownerId: actor.id, kind: 'attachment', maxBytes: bytes.length }),
      ]);
      if (await files.commit(fileId, { place, bytes, sha256 }, { ready: insertion }))
        report.count('attachments');
    } catch (error) {
      await store.batch([files.release(fileId)]);
      report.note({ what: one.name, why: reasonOf(error) });
    }
  }

  return {
    /** The files of a message that is stored already. What is there is not stored again. */
    async write(target: Target, message: ImportedMessage, messageId: string): Promise<void> {
      for (const [position, one] of message.attachments.entries())
        await addAttachment(target, one, messageId, position);
      const [first] = message.images;
      if (!first) return;
      const about = { prompt: first.firstPrompt, count: message.images.length, at: message.createdAt };
      const jobId = await storedImages.jobOf(target.actor, messageId, about);
      for (const [position, image] of message.images.entries())
        await addImage(target, image, { messageId, jobId, position });
    },

    /** An image that belongs to no conversation. */
    writeLibraryImage: (target: Target, image: ImportedImage) => addImage(target, image, null),
  };
}

export type FileWriter = ReturnType<typeof createFileWriter>;

/** What a file is by its content alone: archives name types wrongly or not at all. */
async function recognise(bytes: Buffer): Promise<Known | NoticeReason> {
  const format = sniffImage(bytes);
  if (format) {
    const size = await imageSize(bytes).catch(() => undefined);
    return size ? { type: `image/${format}`, kind: 'image', text: null, ...size } : 'image_unreadable';
  }
  const plain = { width: null, height: null, text: null };
  if (bytes.toString('latin1', 0, PDF_SIGNATURE.length) === PDF_SIGNATURE)
    return { ...plain, type: 'application/pdf', kind: 'pdf' };
  const text = bytes.length <= MAX_TEXT_BYTES ? textOf(bytes) : undefined;
  return text === undefined
    ? 'file_kind'
    : { ...plain, type: 'text/plain', kind: 'text', text: normalizeText(text) };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What only this file suffers from. @throws what ends the whole import, such as a full disk */
function reasonOf(error: unknown): NoticeReason {
  if (isAppError(error, 'quota_reached')) return 'quota';
  if (isAppError(error, 'upstream_image_unreadable')) return 'image_unreadable';
  if (isAppError(error)) throw error;
  // The library's own errors of damaged entries have no code of ours.
  return 'unreadable';
}
