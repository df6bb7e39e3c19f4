import { Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Actor } from '../lib/actor.ts';
import type { Files } from '../files/files.ts';
import { AppError, isAppError, notFound } from '../lib/errors.ts';
import type { Db } from '../platform/db/db.ts';
import type { MarkdownRenderer } from '../platform/markdown/renderer.ts';
import { writeZip } from '../platform/zip/write-zip.ts';
import { createArchiveEntries } from './archive-entries.ts';
import { fileNameOf } from './file-names.ts';
import { htmlDocument } from './html.ts';
import { conversationJson } from './json.ts';
import { markdownDocument, type Translate } from './markdown.ts';
import { allMessages, branchMessages } from './read-conversation.ts';
import { createConversationExportStore, type ConversationRow } from './store.ts';

export const exportFormats = ['json', 'md', 'html'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** In whose language the words around the messages are. */
export type Reader = { t: Translate; language: string };

/** A longer side would show no more on a page; larger copies than this are named instead. */
const INLINE_PIXELS = 1024;
const MAX_INLINE_BYTES = 1_000_000;

type Deps = {
  db: Db;
  files: Pick<Files, 'open' | 'openRendition'>;
  renderer: MarkdownRenderer;
  now: () => number;
};

/** Conversations as files for other programs and for people: JSON with all branches, one branch as Markdown or HTML. */
export function createConversationExport({ db, files, renderer, now }: Deps) {
  const store = createConversationExportStore(db);
  const running = new Set<string>();

  async function inlineImage({ fileId, format }: { fileId: string | null; format: string }) {
    if (fileId === null) return undefined;
    try {
      const copy = await files.openRendition(fileId, format, { width: INLINE_PIXELS, height: INLINE_PIXELS });
      if (copy.bytes > MAX_INLINE_BYTES) return undefined;
      return `data:image/${copy.format};base64,${(await buffer(await copy.open())).toString('base64')}`;
    } catch (error) {
      if (isAppError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  /** The text of one file. `leafId` is the end of the branch where only one is in it. */
  function documentOf(
    row: ConversationRow,
    ownerId: string,
    {
      format,
      reader,
      leafId,
      hasFiles,
    }: { format: ExportFormat; reader: Reader; leafId: string; hasFiles: boolean },
  ): AsyncGenerator<string> {
    if (format === 'json') return conversationJson(row, allMessages(store, row, ownerId));
    const branch = branchMessages(store, { conversationId: row.id, leafId }, ownerId);
    if (format === 'md') return markdownDocument(row, branch, { t: reader.t, hasFiles });
    const render = (text: string) => renderer.render(text, 'background');
    return htmlDocument(row, branch, { ...reader, render, inlineImage });
  }

  const entries = createArchiveEntries({ store, files, documentOf });

  return {
    /**
     * One conversation as one file. `at` picks the branch through that message for Markdown and HTML; JSON has all.
     * @throws AppError `not_found`, also for what is temporary or in the trash
     */
    async openOne(
      actor: Actor,
      id: string,
      { format, at, reader }: { format: ExportFormat; at?: string | undefined; reader: Reader },
    ): Promise<{ filename: string; content: Readable }> {
      const row = await store.find(id, actor.id);
      const leafId = at === undefined ? row?.leaf_id : await store.newestLeafBelow(at, id, actor.id);
      if (!row || leafId === undefined) throw notFound();
      const content = documentOf(row, actor.id, { format, reader, leafId, hasFiles: false });
      return { filename: fileNameOf(row, format), content: Readable.from(content, { objectMode: false }) };
    },

    /**
     * All conversations, or those of `ids`, as a ZIP file that is made while it is sent; one at a time for each person.
     * `hasLibrary`: with the images that belong to no conversation. @throws AppError `export_running`, `not_found`
     */
    async begin(
      actor: Actor,
      options: { format: ExportFormat; ids: readonly string[]; hasLibrary: boolean; reader: Reader },
    ) {
      if (running.has(actor.id)) throw new AppError('export_running', { retryAfterSeconds: 10 });
      running.add(actor.id);
      const release = () => void running.delete(actor.id);
      try {
        for (const id of options.ids) if (!(await store.find(id, actor.id))) throw notFound();
      } catch (error) {
        release();
        throw error;
      }
      return {
        /** Rejects when it breaks off. */
        send: (target: Writable) => writeZip(target, entries(actor.id, options), now()).finally(release),
        /** To be called when it will not be sent after all; sending lets go by itself. */
        release,
      };
    },
  };
}

export type ConversationExport = ReturnType<typeof createConversationExport>;
