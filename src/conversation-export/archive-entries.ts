import { Readable } from 'node:stream';
import type { Files } from '../files/files.ts';
import { isAppError } from '../lib/errors.ts';
import type { ZipSource } from '../platform/zip/write-zip.ts';
import type { ExportFormat, Reader } from './conversation-export.ts';
import { fileNameOf } from './file-names.ts';
import { attachmentPath, imageJson, imagePath, jsonArray } from './json.ts';
import { allConversations, allMessages, libraryImages, type ExportedMessage } from './read-conversation.ts';
import type { ConversationExportStore, ConversationRow, ImageRow } from './store.ts';

type Options = { format: ExportFormat; ids: readonly string[]; hasLibrary: boolean; reader: Reader };
type FileEntry = { name: string; fileId: string };

type Deps = {
  store: ConversationExportStore;
  files: Pick<Files, 'open'>;
  documentOf(
    row: ConversationRow,
    ownerId: string,
    options: { format: ExportFormat; reader: Reader; leafId: string; hasFiles: boolean },
  ): AsyncGenerator<string>;
};

/** What is in an archive of conversations, in its order: the texts, then the files that they name. */
export function createArchiveEntries({ store, files, documentOf }: Deps) {
  async function* chosen(ownerId: string, ids: readonly string[]): AsyncGenerator<ConversationRow> {
    if (ids.length === 0) yield* allConversations(store, ownerId);
    for (const id of new Set(ids)) {
      const row = await store.find(id, ownerId);
      if (row) yield row;
    }
  }

  async function* texts(ownerId: string, options: Options): AsyncGenerator<ZipSource> {
    const { format, ids, reader } = options;
    const textOf = (row: ConversationRow) =>
      documentOf(row, ownerId, { format, reader, leafId: row.leaf_id, hasFiles: true });
    if (format !== 'json') {
      for await (const row of chosen(ownerId, ids)) yield textSource(fileNameOf(row, format), textOf(row));
      return;
    }
    yield textSource('conversations.json', jsonArray(mapped(chosen(ownerId, ids), textOf)));
    if (ids.length > 0 || !options.hasLibrary) return;
    const library = mapped(libraryImages(store, ownerId), (image) => once(JSON.stringify(imageJson(image))));
    yield textSource('images.json', jsonArray(library));
  }

  async function* namedFiles(ownerId: string, options: Options): AsyncGenerator<FileEntry> {
    for await (const row of chosen(ownerId, options.ids))
      for await (const message of allMessages(store, row, ownerId)) yield* filesOf(message);
    if (options.ids.length > 0 || !options.hasLibrary || options.format !== 'json') return;
    for await (const image of libraryImages(store, ownerId)) yield* imageFile(image);
  }

  return async function* entries(ownerId: string, options: Options): AsyncGenerator<ZipSource> {
    yield* texts(ownerId, options);
    // A page has its images in it.
    if (options.format === 'html') return;
    const done = new Set<string>();
    for await (const { name, fileId } of namedFiles(ownerId, options)) {
      if (done.has(name)) continue;
      done.add(name);
      const file = await files.open(fileId).catch(missing);
      if (file) yield { name, open: () => file.open() };
    }
  };
}

function* filesOf({ attachments, images }: ExportedMessage): Generator<FileEntry> {
  for (const attachment of attachments)
    if (attachment.file_id !== null) yield { name: attachmentPath(attachment), fileId: attachment.file_id };
  for (const image of images) yield* imageFile(image);
}

function* imageFile({ status, filename, file_id: fileId }: ImageRow): Generator<FileEntry> {
  if (status === 'ready' && filename !== null && fileId !== null) yield { name: imagePath(filename), fileId };
}

const textSource = (name: string, content: AsyncIterable<string>): ZipSource => ({
  name,
  open: () => Promise.resolve(Readable.from(content, { objectMode: false })),
  isText: true,
});

async function* mapped<From, To>(source: AsyncIterable<From>, map: (one: From) => To): AsyncGenerator<To> {
  for await (const one of source) yield map(one);
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** Named by a row, but gone from the disk: the archive goes on without it. */
function missing(error: unknown): undefined {
  if (!isAppError(error, 'not_found')) throw error;
}
