import { Readable, type Writable } from 'node:stream';
import type { Files, StoredFile } from '../files/files.ts';
import { AppError, isAppError, notFound } from '../lib/errors.ts';
import type { Db } from '../platform/db/db.ts';
import { writeZip, type ZipSource } from '../platform/zip/write-zip.ts';
import {
  accountContent,
  archiveName,
  attachmentName,
  attachmentRows,
  attachments,
  conversations,
  drafts,
  imageRows,
  images,
  jsonArray,
  usage,
} from './content.ts';
import { createExportStore, type ImageFileRow } from './store.ts';

export type Archive = {
  /** Writes the archive as fast as the reader takes it, and ends the stream. Rejects when it breaks off. */
  send(target: Writable): Promise<void>;
  /** To be called when it will not be sent after all; sending lets go by itself. */
  release(): void;
};

/** All data of a person as one ZIP archive, made while it is sent. */
export function createDataExport({
  db,
  files,
  now,
}: {
  db: Db;
  files: Pick<Files, 'open'>;
  now: () => number;
}) {
  const store = createExportStore(db);
  const running = new Set<string>();

  /** Undefined when there is none, or none any more. */
  async function fileOf(id: string | null): Promise<StoredFile | undefined> {
    if (id === null) return undefined;
    return files.open(id).catch((error: unknown) => {
      if (isAppError(error, 'not_found')) return undefined;
      throw error;
    });
  }
  const imageOf = (row: ImageFileRow) => fileOf(row.filename === null ? null : row.file_id);
  const hasFile = async (row: ImageFileRow) => (await imageOf(row)) !== undefined;

  async function* sources(userId: string): AsyncGenerator<ZipSource> {
    const text = (name: string, content: Iterable<string> | AsyncIterable<string>) => ({
      name,
      open: () => Promise.resolve(Readable.from(content, { objectMode: false })),
    });
    yield text('account.json', [await accountContent(store, userId)]);
    yield text('conversations.json', jsonArray(conversations(store, userId)));
    yield text('drafts.json', jsonArray(drafts(store, userId)));
    yield text('images.json', jsonArray(images(store, userId, hasFile)));
    yield text('attachments.json', jsonArray(attachments(store, userId)));
    yield text('usage.json', jsonArray(usage(store, userId)));
    for await (const row of imageRows(store, userId)) {
      const file = await imageOf(row);
      if (file) yield { name: archiveName(row), open: () => file.open() };
    }
    for await (const row of attachmentRows(store, userId)) {
      const file = await fileOf(row.file_id);
      if (file) yield { name: attachmentName(row), open: () => file.open() };
    }
  }

  return {
    /** One at a time for each person. @throws AppError `export_running`, `not_found` */
    async begin(userId: string): Promise<Archive> {
      if (running.has(userId)) throw new AppError('export_running', { retryAfterSeconds: 10 });
      running.add(userId);
      const release = () => void running.delete(userId);
      try {
        if (!(await store.findAccount(userId))) throw notFound();
      } catch (error) {
        release();
        throw error;
      }
      return { release, send: (target) => writeZip(target, sources(userId), now()).finally(release) };
    },
  };
}

export type DataExport = ReturnType<typeof createDataExport>;
