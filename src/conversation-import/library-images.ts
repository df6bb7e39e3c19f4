import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileFinder } from './archive/find-files.ts';
import { jsonElements } from './archive/json-elements.ts';
import type { Archive, ArchiveEntry } from './archive/open-archive.ts';
import { isLibraryFile, isOwnImageFile, isProjectFile, isReadFile } from './archive/side-files.ts';
import { projectNotice } from './formats/claude.ts';
import { isObject, textAt, timeAt, type JsonObject } from './formats/json-values.ts';
import { readImage } from './formats/salon.ts';
import { plainImage, type ImportedImage, type Notice } from './imported.ts';
import type { ImportOrder } from './run-import.ts';
import type { ReportBuilder } from './report.ts';
import type { FileWriter } from './write/write-files.ts';

const MAX_ELEMENT_BYTES = 1024 * 1024;
const GENERATED_FOLDER = /(?:^|\/)dalle-generations\/[^/]+$/;

type Run = Pick<ImportOrder, 'actor' | 'isDryRun' | 'signal'> & {
  archive: Archive;
  files: FileFinder;
  report: ReportBuilder;
};

/** What an archive has beside its conversations: images that no message names, and what has no place here. */
export function createLibraryReader({ fileWriter }: { fileWriter: Pick<FileWriter, 'writeLibraryImage'> }) {
  async function takeImage(run: Run, image: ImportedImage): Promise<void> {
    run.signal.throwIfAborted();
    if (image.file.entry === null) return;
    if (run.isDryRun) run.report.count('images');
    else await fileWriter.writeLibraryImage(run, image);
  }

  async function takeOwnImages(run: Run, entry: ArchiveEntry): Promise<void> {
    const notices: Notice[] = [];
    for await (const value of objectsIn(entry))
      await takeImage(run, readImage(value, { files: run.files, notices }));
    for (const notice of notices) run.report.note(notice);
  }

  /** The library of ChatGPT names images whose message is gone. */
  async function takeLibrary(run: Run, entry: ArchiveEntry): Promise<void> {
    for await (const value of objectsIn(entry)) {
      if (textAt(value, 'kind') !== 'image' && !(textAt(value, 'mime_type') ?? '').startsWith('image/'))
        continue;
      const id = textAt(value, 'file_id') ?? textAt(value, 'id') ?? '';
      const name = textAt(value, 'name') ?? textAt(value, 'file_name') ?? id;
      await takeUnnamed(run, id, {
        name,
        createdAt: timeAt(value, 'created_at') ?? timeAt(value, 'create_time') ?? 1,
      });
    }
  }

  async function takeUnnamed(run: Run, id: string, { name, createdAt }: { name: string; createdAt: number }) {
    const known = run.files.entryOf(id);
    if (known !== undefined && run.files.isNamed(known)) return;
    const file = run.files.byPointer(id, name);
    if (file.entry === null) return run.report.note({ what: name, why: 'image_missing' });
    await takeImage(run, plainImage(file, { prompt: name, model: null, createdAt }));
  }

  async function takeProjects(run: Run, entry: ArchiveEntry): Promise<void> {
    for await (const value of objectsIn(entry)) run.report.note(projectNotice(value));
  }

  return {
    async take(run: Run): Promise<void> {
      for (const entry of run.archive.entries.values()) {
        if (isOwnImageFile(entry.name)) await takeOwnImages(run, entry);
        else if (isLibraryFile(entry.name)) await takeLibrary(run, entry);
        else if (isProjectFile(entry.name)) await takeProjects(run, entry);
      }
      for (const { name } of run.archive.entries.values()) {
        if (isReadFile(name) || run.files.isNamed(name)) continue;
        const base = name.slice(name.lastIndexOf('/') + 1);
        if (GENERATED_FOLDER.test(name)) await takeUnnamed(run, base, { name: base, createdAt: 1 });
        else run.report.note({ what: name, why: 'side_file' });
        await nextTurn();
      }
    },
    hasProjects: ({ entries }: Archive) => [...entries.keys()].some(isProjectFile),
  };
}

/** The objects of a list; what is none, too large or broken is passed over. */
async function* objectsIn(entry: ArchiveEntry): AsyncGenerator<JsonObject> {
  for await (const element of jsonElements(await entry.open(), MAX_ELEMENT_BYTES)) {
    const value = 'bytes' in element ? parse(element.bytes) : undefined;
    if (isObject(value)) yield value;
    await nextTurn();
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
