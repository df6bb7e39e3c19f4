import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Actor } from '../lib/actor.ts';
import { AppError } from '../lib/errors.ts';
import { createFileFinder, type FileFinder } from './archive/find-files.ts';
import { jsonElements, type JsonElement } from './archive/json-elements.ts';
import { openArchive, type Archive, type ArchiveEntry } from './archive/open-archive.ts';
import { isConversationFile, readAssetNames } from './archive/side-files.ts';
import { readConversation } from './formats/read-conversation.ts';
import type { ImportedConversation, Notice } from './imported.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { createLibraryReader } from './library-images.ts';
import { createReport, type ImportReport, type ReportBuilder } from './report.ts';
import { hasBranches } from './tree/arrange.ts';
import type { ConversationWriter } from './write/write-conversation.ts';
import type { FileWriter } from './write/write-files.ts';

/** The largest conversation, in bytes of JSON: it stands in memory, alone. */
const MAX_CONVERSATION_BYTES = 64 * 1024 * 1024;
/** Stored at the same time: what more would gain is little, and all that is stored in one turn holds up everybody. */
const AT_ONCE = { count: 3, bytes: 400_000 };

export type ImportOrder = {
  path: string;
  actor: Actor;
  /** Only looks: nothing is stored. */
  isDryRun: boolean;
  signal: AbortSignal;
  /** Told of how much is read, from 0 to 1. */
  onProgress(part: number): Promise<void>;
};
type Deps = { writer: ConversationWriter; fileWriter: FileWriter };
type Run = ImportOrder & {
  archive: Archive;
  files: FileFinder;
  report: ReportBuilder;
  isKnown: { value: boolean };
  conversations: InFlight;
  /** To be linked at the end: what a conversation goes on from may come after it. */
  origins: { id: string; from: { source: string; externalId: string } }[];
};

/** Reads an archive from its beginning to its end, one conversation after the other, and stores what is new. */
export function createImportRunner({ writer, fileWriter }: Deps) {
  const library = createLibraryReader({ fileWriter });

  async function takeConversation(run: Run, conversation: ImportedConversation): Promise<void> {
    const { actor, isDryRun, report } = run;
    const shown = conversation.messages.filter(({ role }) => role !== 'hidden');
    if (shown.length === 0 && conversation.source !== 'salon')
      return report.note({ what: conversation.title, why: 'no_messages' });
    report.count('conversations');
    if (hasBranches(conversation.messages)) report.count('branched');
    if (isDryRun) return look(run, conversation);
    const { id: writtenId, outcome, messageIds, newMessages } = await writer.write(actor, conversation);
    if (outcome === 'in_trash') return report.note({ what: conversation.title, why: 'in_trash' });
    report.outcome(outcome);
    const from = conversation.origin?.from;
    if (from) run.origins.push({ id: writtenId, from });
    report.count('messages', newMessages.shown);
    report.count('hidden', newMessages.hidden);
    for (const message of conversation.messages) {
      const id = messageIds.get(message.externalId);
      if (id === undefined || message.attachments.length + message.images.length === 0) continue;
      run.signal.throwIfAborted();
      await fileWriter.write(run, message, id);
    }
  }

  /** Counts what the archive has, whether or not it is here already. */
  async function look({ actor, report }: Run, conversation: ImportedConversation): Promise<void> {
    const known = await writer.find(actor, conversation);
    const isUnchanged =
      known !== undefined && (known.external_updated_at ?? Infinity) >= conversation.updatedAt;
    report.outcome(isUnchanged ? 'unchanged' : known ? 'updated' : 'added');
    for (const { role, images, attachments } of conversation.messages) {
      report.count(role === 'hidden' ? 'hidden' : 'messages');
      report.count('images', images.filter(({ file }) => file.entry !== null).length);
      report.count('attachments', attachments.length);
    }
  }

  async function takeElement(run: Run, entry: ArchiveEntry, element: JsonElement): Promise<void> {
    const { files, report } = run;
    const what = `${entry.name}, ${element.index + 1}`;
    if ('tooLarge' in element) return report.note({ what, why: 'too_large' });
    const value = parse(element.bytes);
    if (value === undefined) return report.note({ what, why: 'unreadable' });
    const notices: Notice[] = [];
    const conversation = readConversation(value, files, notices);
    if (!conversation) return report.note({ what, why: 'unknown_format' });
    run.isKnown.value = true;
    if (conversation.externalId === '') return report.note({ what, why: 'unreadable' });
    for (const notice of notices) report.note(notice);
    await run.conversations.begin(conversation.externalId, element.bytes.length, () =>
      takeConversation(run, conversation),
    );
  }

  /** A file that breaks off has given what was whole in it. */
  async function takeFile(
    run: Run,
    entry: ArchiveEntry,
    onBytes: (count: number) => Promise<void>,
  ): Promise<void> {
    const elements = jsonElements(counted(await entry.open(), onBytes), MAX_CONVERSATION_BYTES);
    try {
      for (;;) {
        const next = await elements.next();
        if (next.done) {
          if (next.value !== 'complete')
            run.report.note({ what: entry.name, why: next.value === 'cut_off' ? 'cut_off' : 'unreadable' });
          return;
        }
        run.signal.throwIfAborted();
        await takeElement(run, entry, next.value);
        if (next.value.index % AT_ONCE.count === 0) await nextTurn();
      }
    } catch (error) {
      if (error instanceof AppError || !isDamage(error)) throw error;
      run.report.note({ what: entry.name, why: 'cut_off' });
    }
  }

  return {
    /** @throws AppError `archive_…` when nothing of it can be read; the reason of `signal`; `storage_full` */
    async run(order: ImportOrder): Promise<ImportReport> {
      const archive = await openArchive(order.path);
      const conversations = createInFlight(AT_ONCE);
      try {
        const report = createReport();
        const files = createFileFinder(archive, await readAssetNames(archive));
        const run: Run = {
          ...order,
          archive,
          files,
          report,
          isKnown: { value: false },
          conversations,
          origins: [],
        };
        const entries = [...archive.entries.values()]
          .filter(({ name }) => isConversationFile(name))
          .sort((a, b) => a.name.localeCompare(b.name));
        const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
        let read = 0;
        for (const entry of entries)
          await takeFile(run, entry, (count) => order.onProgress((read += count) / Math.max(1, total)));
        await conversations.end();
        for (const { id, from } of run.origins) await writer.linkOrigin(order.actor, id, from);
        await library.take(run);
        const isKnown = run.isKnown.value || report.report.counts.images > 0 || library.hasProjects(archive);
        if (!isKnown) throw new AppError('archive_unknown');
        return report.report;
      } finally {
        await conversations.idle();
        await archive.close();
      }
    },
  };
}

export type ImportRunner = ReturnType<typeof createImportRunner>;

async function* counted(source: AsyncIterable<Buffer>, onBytes: (count: number) => Promise<void>) {
  for await (const chunk of source) {
    await onBytes(chunk.length);
    yield chunk;
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** What unpacking says of bytes that are not what they should be; a fault of the disk has other codes. */
function isDamage(error: unknown): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return code.startsWith('Z_') || /bytes in the stream|invalid|unexpected end/i.test(message);
}
