import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Actor } from '../lib/actor.ts';
import type { Files } from '../files/files.ts';
import type { StoredImages } from '../images/images.ts';
import type { Job, Jobs } from '../jobs/jobs.ts';
import { AppError, notFound } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import { excerpt } from '../lib/text.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { Search } from '../search/search.ts';
import { importWork } from './import-job.ts';
import type { ImportReport } from './report.ts';
import { createImportRunner } from './run-import.ts';
import { createImportsStore, type ImportRow } from './store.ts';
import { createImportStore } from './write/store.ts';
import { createConversationWriter } from './write/write-conversation.ts';
import { createFileWriter } from './write/write-files.ts';

export type { ImportReport } from './report.ts';

export const IMPORT_KIND = 'import';
/** An archive that was looked at and not imported is kept for a day. */
const KEEP_MS = 24 * 60 * 60_000;
const STALE_AT_ONCE = 100;
const SHOWN = 20;
const MAX_NAME = 200;

/** An archive that somebody brought in, and what came of it. */
export type Import = {
  id: string;
  name: string;
  bytes: number;
  /** Still there, so that it can be imported. */
  hasFile: boolean;
  previewJobId: string | null;
  preview: ImportReport | null;
  jobId: string | null;
  report: ImportReport | null;
  createdAt: number;
};

type WriterDeps = { db: Db; files: Files; storedImages: StoredImages; newId: NewId; now: () => number };
type Deps = WriterDeps & {
  jobs: Jobs;
  search: Pick<Search, 'pauseIndexing' | 'remaining'>;
  log: Log;
  dataDir: string;
};

/** What reads an archive and stores what is new in it, without a job around it. */
export function createImporter(deps: WriterDeps) {
  const store = createImportStore(deps.db);
  const writer = createConversationWriter({ ...deps, store });
  return createImportRunner({ writer, fileWriter: createFileWriter({ ...deps, store }) });
}

/** Archives of Salon and other products: brought in, looked at, and imported by a durable job. */
export function createConversationImport(deps: Deps) {
  const { db, jobs, log, newId, now } = deps;
  const folder = join(deps.dataDir, 'imports');
  const store = createImportsStore(db);

  async function dropFile(id: string, ownerId: string): Promise<void> {
    const row = await store.find(id, ownerId);
    if (!row || row.file === null) return;
    await rm(join(folder, row.file), { force: true });
    await store.dropFile(id, ownerId);
  }
  const { pauseIndexing } = deps.search;
  const runner = createImporter(deps);
  jobs.handle(IMPORT_KIND, importWork({ store, runner, folder, pauseIndexing, dropFile, log, now }));

  async function get(actor: Actor, id: string): Promise<ImportRow> {
    const row = await store.find(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  function enqueue(actor: Actor, row: ImportRow, isDryRun: boolean): Promise<Job> {
    const input = { importId: row.id, isDryRun };
    const { id, statement } = jobs.prepare(actor, { kind: IMPORT_KIND, input });
    const naming = isDryRun ? store.previewJob(id, row.id, actor.id) : store.job(id, row.id, actor.id);
    return jobs.enqueue(actor, { id, kind: IMPORT_KIND, statements: [statement, naming] });
  }

  async function removeForgotten(): Promise<void> {
    const known = new Set(await store.listFiles());
    for (const file of await readdir(folder).catch(() => [])) {
      const found = known.has(file) ? undefined : await stat(join(folder, file)).catch(() => undefined);
      // One that is being uploaded has no row yet.
      if (found && found.mtimeMs < now() - KEEP_MS) await rm(join(folder, file), { force: true });
    }
  }

  return {
    /** The folder that uploads are written to, made when it is not there. */
    async uploadFolder(): Promise<string> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },

    /** How much the search index still lacks, from 1 to 0, of what anybody has; undefined when that is little. */
    unindexed: deps.search.remaining,

    /** Removes what was written to the folder of uploads and is not taken over. */
    discard: (file: string) => rm(join(folder, file), { force: true }),

    /** Takes over a file that was written to the folder of uploads. `bytes` is its size. */
    async add(
      actor: Actor,
      { file, name, bytes }: { file: string; name: string; bytes: number },
    ): Promise<Import> {
      const id = newId();
      const shown = excerpt(name, MAX_NAME) || file;
      await store.insert({ id, owner_id: actor.id, name: shown, bytes, file, created_at: now() });
      return toImport(await get(actor, id));
    },

    get: async (actor: Actor, id: string): Promise<Import> => toImport(await get(actor, id)),
    list: async (actor: Actor): Promise<Import[]> => (await store.list(actor.id, SHOWN)).map(toImport),
    /** The import that a job is for. @throws AppError `not_found` */
    async getByJob(actor: Actor, jobId: string): Promise<Import> {
      const row = await store.findByJob(jobId, actor.id);
      if (!row) throw notFound();
      return toImport(row);
    },

    /** Looks at what is in the archive and stores nothing. @throws AppError `not_found`, `too_many_active` */
    async preview(actor: Actor, id: string): Promise<Job> {
      return enqueue(actor, await get(actor, id), true);
    },

    /** @throws AppError `not_found`, `too_many_active`, `conflict` when it was started before or its file is gone */
    async start(actor: Actor, id: string): Promise<Job> {
      const row = await get(actor, id);
      if (row.job_id !== null || row.file === null) throw new AppError('conflict');
      return enqueue(actor, row, false);
    },

    /** Forgets an archive and removes its file; what was imported from it stays. */
    async remove(actor: Actor, id: string): Promise<void> {
      const row = await get(actor, id);
      for (const jobId of [row.preview_job_id, row.job_id])
        if (jobId !== null) await jobs.cancel(actor, jobId);
      await dropFile(id, actor.id);
      await store.remove(id, actor.id);
    },

    /** Removes files that nobody imported within a day, and those that an upload or an account left behind. */
    async sweep(): Promise<void> {
      for (const row of await store.listStale(now() - KEEP_MS, STALE_AT_ONCE))
        await dropFile(row.id, row.owner_id);
      await removeForgotten();
    },
  };
}

export type ConversationImport = ReturnType<typeof createConversationImport>;

const reportOf = (text: string | null) => (text === null ? null : (JSON.parse(text) as ImportReport));

const toImport = (row: ImportRow): Import => ({
  id: row.id,
  name: row.name,
  bytes: row.bytes,
  hasFile: row.file !== null,
  previewJobId: row.preview_job_id,
  preview: reportOf(row.preview),
  jobId: row.job_id,
  report: reportOf(row.report),
  createdAt: row.created_at,
});
