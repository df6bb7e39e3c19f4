import { join } from 'node:path';
import type { JobHandler } from '../jobs/jobs.ts';
import { notFound } from '../lib/errors.ts';
import type { Log } from '../platform/log.ts';
import type { ImportRunner } from './run-import.ts';
import type { ImportsStore } from './store.ts';

/** Two at once over all people: what one of them reads from the disk, the other can store meanwhile. */
const CONCURRENT_IMPORTS = 2;
const TELL_EVERY_MS = 1000;

export type ImportJobInput = { importId: string; isDryRun: boolean };

type Deps = {
  store: ImportsStore;
  runner: ImportRunner;
  folder: string;
  pauseIndexing(): () => void;
  dropFile(importId: string, ownerId: string): Promise<void>;
  log: Log;
  now: () => number;
};

/**
 * How an import is done, and how the look before it. It costs nothing, so a job that was cut off simply begins anew: what is
 * stored already is found by its id in the product that it comes from.
 */
export function importWork({ store, runner, folder, pauseIndexing, dropFile, log, now }: Deps): JobHandler {
  return {
    concurrency: CONCURRENT_IMPORTS,
    async run(job, call) {
      const { importId, isDryRun } = job.input as ImportJobInput;
      const row = await store.find(importId, job.ownerId);
      if (!row || row.file === null) throw notFound();
      let toldAt = 0;
      const path = join(folder, row.file);
      const resumeIndexing = pauseIndexing();
      const running = runner.run({
        path,
        actor: { id: job.ownerId },
        isDryRun,
        signal: call.signal,
        async onProgress(part) {
          call.signal.throwIfAborted();
          if (now() - toldAt < TELL_EVERY_MS) return;
          toldAt = now();
          await call.progress(Math.min(99, Math.floor(part * 100)));
        },
      });
      const report = await running.finally(resumeIndexing);
      await store.save(isDryRun ? 'preview' : 'report', JSON.stringify(report), row);
      const { added, updated } = report;
      if (!isDryRun) log.info('archive imported', { job: job.id, added, updated });
    },
    // It never sends anything that costs money.
    recover: () => Promise.resolve(false),
    async ended(job) {
      const { importId, isDryRun } = job.input as ImportJobInput;
      if (!isDryRun) await dropFile(importId, job.ownerId);
    },
  };
}
