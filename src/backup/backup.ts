import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, notFound } from '../lib/errors.ts';
import { openRegular } from '../platform/blobs/regular-file.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { folderOf, isBackupName, listBackups, rotate, sentenceOf, type BackupFile } from './folder.ts';
import type { BackupKind } from './manifest.ts';
import type { BackupResult, Progress } from './make.ts';
import type { RunBackup } from './runner.ts';
import { dueNow, nextAfter } from './schedule.ts';
import { createBackupStore } from './store.ts';

export type { BackupFile } from './folder.ts';
export type { BackupKind } from './manifest.ts';
export type { BackupResult, Progress } from './make.ts';
export { runHere, runInChild, type RunBackup } from './runner.ts';
export { MAX_EVERY_HOURS, MAX_KEEP } from './schedule.ts';

export type Running = Progress & { kind: BackupKind; startedAt: number };

export type Schedule = { everyHours: number; keep: number; version: number; nextAt: number | null };

/** How the last backup of this server went. `message` is one sentence for administrators. */
export type LastRun = {
  at: number;
  kind: BackupKind;
  outcome: 'done' | 'failed';
  name: string | null;
  message: string | null;
};

type Ended = { outcome: 'done' | 'failed'; name: string | null };

type Deps = {
  db: Db;
  log: Log;
  dataDir: string;
  run: RunBackup;
  now: () => number;
  /** Told how each backup that came by itself ended, for the audit log. */
  onScheduled?: (ended: Ended) => Promise<void>;
};

/** Archives of the whole Salon: made by hand or by the clock, one at a time; listed, sent, removed. */
export function createBackups({ db, log, dataDir, run, now, onScheduled }: Deps) {
  const store = createBackupStore(db);
  const closing = new AbortController();
  let running: Running | undefined;
  let ending: Promise<unknown> = Promise.resolve();
  const isRunning = () => running !== undefined;

  async function get(name: string): Promise<BackupFile> {
    const found = isBackupName(name) && (await listBackups(dataDir)).find((file) => file.name === name);
    if (!found) throw notFound();
    return found;
  }

  /** Runs one backup to its end and stores how it went; never throws. */
  async function runOne(kind: BackupKind): Promise<Ended> {
    const startedAt = now();
    running = { phase: 'database', part: 0, kind, startedAt };
    try {
      const onProgress = (progress: Progress) => {
        running = { ...progress, kind, startedAt };
      };
      const result = await run(kind, { onProgress, signal: closing.signal });
      log.info('backup made', {
        name: result.name,
        bytes: result.bytes,
        files: result.files,
        ms: now() - startedAt,
      });
      await finish(kind, { outcome: 'done', name: result.name, message: messageOf(result) });
      return { outcome: 'done', name: result.name };
    } catch (error) {
      // The server is closing: the next process makes it.
      if (closing.signal.aborted) return { outcome: 'failed', name: null };
      log.error('backup failed', { kind, cause: sentenceOf(error) });
      const failed = { outcome: 'failed', name: null } as const;
      await finish(kind, { ...failed, message: sentenceOf(error) }).catch((cause: unknown) =>
        log.error('the result of a backup cannot be stored', { cause: sentenceOf(cause) }),
      );
      return failed;
    } finally {
      running = undefined;
    }
  }

  async function finish(kind: BackupKind, ended: Ended & { message: string | null }): Promise<void> {
    await store.ended({ at: now(), kind, ...ended });
    if (kind === 'manual') return;
    const settings = await store.settings();
    await store.plan(nextAfter(settings, now(), ended.outcome), settings.version);
    if (ended.outcome === 'failed') return;
    const removed = await rotate(dataDir, settings.keep);
    if (removed.length > 0) log.info('old backups removed', { names: removed.join(' ') });
  }

  return {
    list: () => listBackups(dataDir),
    get,
    running: () => running,

    /** The bytes of one archive that is listed. @throws AppError `not_found` */
    async open(name: string): Promise<Readable> {
      await get(name);
      return (await openRegular(join(folderOf(dataDir), name))).createReadStream();
    },

    /** @throws AppError `not_found` */
    async remove(name: string): Promise<void> {
      await get(name);
      await rm(join(folderOf(dataDir), name), { force: true });
    },

    /**
     * Begins a backup by hand and returns at once; `running` and `settings` tell the rest. `onEnd` hears how it ended.
     * @throws AppError `conflict` when one is running
     */
    start(onEnd?: (ended: Ended) => Promise<void>): void {
      if (running) throw new AppError('conflict');
      ending = runOne('manual').then(onEnd);
    },

    /** Looks at the clock; to be called every minute. Resolves when a backup that was due has ended. */
    async tick(): Promise<void> {
      if (isRunning() || closing.signal.aborted) return;
      const settings = await store.settings();
      const due = dueNow(settings, now());
      if (due === 'plan') await store.plan(nextAfter(settings, now(), 'done'), settings.version);
      if (due !== 'run' || isRunning()) return;
      const made = runOne('scheduled').then(onScheduled);
      ending = made;
      await made;
    },

    async settings(): Promise<{ schedule: Schedule; last: LastRun | null }> {
      const row = await store.settings();
      const { last_at: at, last_kind: kind, last_outcome: outcome } = row;
      return {
        schedule: {
          everyHours: row.every_hours,
          keep: row.keep,
          version: row.version,
          // A new Salon plans its first one within a minute.
          nextAt: row.next_at ?? nextAfter(row, now(), 'done'),
        },
        last:
          at && kind && outcome
            ? { at, kind, outcome, name: row.last_name, message: row.last_message }
            : null,
      };
    },

    /** `everyHours` 0 turns the schedule off. @throws AppError `conflict` when it was changed since `version` */
    async changeSchedule(to: { everyHours: number; keep: number; version: number }): Promise<void> {
      const nextAt = nextAfter({ every_hours: to.everyHours }, now(), 'done');
      if (!(await store.change({ ...to, nextAt, now: now() }))) throw new AppError('conflict');
    },

    /** Ends a backup that runs: the older ones stay, and what it wrote so far goes with the next one. */
    async close(): Promise<void> {
      closing.abort();
      await ending.catch(() => undefined);
    },
  };
}

export type Backups = ReturnType<typeof createBackups>;

/** Images that a row names and that could not be saved as they were: worth a look, no reason to fail. */
function messageOf({ gone, damaged }: BackupResult): string | null {
  const parts = [
    ...(gone.length > 0 ? [`${gone.length} images had no file`] : []),
    ...(damaged.length > 0 ? [`${damaged.length} images differ from their checksum`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : null;
}
