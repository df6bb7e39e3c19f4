import { AppError, isAppError, type ErrorCode } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { cancelChannel, jobChannel, toJob, type Job, type JobError } from './job.ts';
import type { JobRow, JobStatus, JobStore } from './store.ts';

export type JobCall = {
  signal: AbortSignal;
  /** To be awaited just before a call that costs money: from here on the job is never repeated by itself. */
  sent(): Promise<void>;
  /** Stores the progress in percent and tells those who follow. */
  progress(percent: number): Promise<void>;
};

export type JobHandler = {
  /** How many jobs of the kind run at once. */
  concurrency: number;
  run(job: Job, call: JobCall): Promise<void>;
  /**
   * Takes up what an earlier process left of a job whose paid call was sent.
   * @returns whether everything that the job was to make is there
   */
  recover(job: Job): Promise<boolean>;
  /** After each end, whatever it was; also when an earlier process left the job behind. */
  ended(job: Job): Promise<void>;
};

const RETRY_STORE_MS = 1000;
const ends: Partial<Record<ErrorCode, JobStatus>> = { stopped: 'cancelled', outcome_unknown: 'unknown' };

type Deps = {
  store: JobStore;
  handlers: ReadonlyMap<string, JobHandler>;
  bus: Bus;
  log: Log;
  metrics: Pick<Metrics, 'jobEnded'>;
  newId: NewId;
  now: () => number;
};
type Key = { id: string; claim: string };

/** Claims queued jobs from the database and does them, as many of a kind at once as its handler says. */
export function createWorker({ store, handlers, bus, log, metrics, newId, now }: Deps) {
  const running = new Map<string, { abort: AbortController; ended: Promise<void>; kind: string }>();
  let isOpen = false;

  async function pump(kind: string): Promise<void> {
    const handler = handlers.get(kind);
    const count = () => [...running.values()].filter((one) => one.kind === kind).length;
    while (isOpen && handler && count() < handler.concurrency) {
      const claim = newId();
      const slot = { abort: new AbortController(), ended: Promise.resolve(), kind };
      running.set(claim, slot);
      const row = await store.claim(kind, claim, now()).catch((error: unknown) => {
        log.error('jobs cannot be claimed', { kind, code: isAppError(error) ? error.code : 'internal' });
        setTimeout(() => void pump(kind), RETRY_STORE_MS);
        return undefined;
      });
      running.delete(claim);
      if (!row) return;
      running.set(row.id, slot);
      slot.ended = work(handler, row, claim, slot.abort).finally(() => {
        running.delete(row.id);
        void pump(kind);
      });
    }
  }

  async function work(
    handler: JobHandler,
    row: JobRow,
    claim: string,
    abort: AbortController,
  ): Promise<void> {
    const job = toJob(row);
    const key = { id: row.id, claim };
    const unsubscribe = bus.subscribe(cancelChannel(row.id), () => abort.abort(new AppError('stopped')));
    bus.publish(jobChannel(row.id), { type: 'progress' });
    const error = await handler.run(job, callOf(key, abort.signal)).then(() => null, toJobError);
    unsubscribe();
    if (error?.cause) log.error('job failed', { job: row.id, cause: error.cause });
    const status = error ? (ends[error.code] ?? 'failed') : 'complete';
    if (status === 'unknown' && (await queueAgain(key))) return;
    await finish(
      handler,
      { ...job, status, error: error && { code: error.code, params: error.params } },
      key,
    );
  }

  const callOf = (key: Key, signal: AbortSignal): JobCall => ({
    signal,
    async sent() {
      // The job is gone with its owner, or another has it: nothing is paid for that nobody gets.
      if ((await store.markSent(key, now())) === 0) throw new AppError('stopped');
    },
    async progress(percent) {
      await store.progress(key, percent, now());
      bus.publish(jobChannel(key.id), { type: 'progress' });
    },
  });

  /** A job that was cut off before its paid call was sent can simply wait for the next start. */
  async function queueAgain(key: Key): Promise<boolean> {
    const isQueued = (await store.queueAgain(key).catch(() => 0)) > 0;
    if (isQueued) bus.publish(jobChannel(key.id), { type: 'progress' });
    return isQueued;
  }

  /** Writes the end; while nothing can be stored (full disk) it is tried again. */
  async function finish(handler: JobHandler, job: Job, key: Key): Promise<void> {
    for (;;) {
      try {
        await handler.ended(job);
        await store.finish(key, {
          status: job.status,
          error: job.error && JSON.stringify(job.error),
          now: now(),
        });
        metrics.jobEnded({ kind: job.kind, status: job.status });
        break;
      } catch (error) {
        log.error('job waits to be stored', {
          job: job.id,
          code: isAppError(error) ? error.code : String(error),
        });
        if (!isOpen || !isAppError(error)) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_STORE_MS));
      }
    }
    bus.publish(jobChannel(job.id), { type: 'ended' });
  }

  return {
    /** Looks for queued jobs of a kind. */
    wake: (kind: string) => void pump(kind),
    /** Resolves when the job is over that runs in this process; at once for any other. */
    ended: async (id: string) => running.get(id)?.ended,

    open(): void {
      isOpen = true;
      for (const kind of handlers.keys()) void pump(kind);
    },
    /** Ends running jobs; their outcome is unknown when the paid call was sent, else they are queued again. */
    async close(): Promise<void> {
      isOpen = false;
      for (const { abort } of running.values()) abort.abort(new AppError('interrupted'));
      await Promise.all([...running.values()].map((one) => one.ended));
    },
  };
}

/** What went wrong, as it is stored. Cut off by us is like cut off by the network: the work may have been done. */
function toJobError(thrown: unknown): JobError & { cause?: string } {
  if (!isAppError(thrown)) return { code: 'internal', params: {}, cause: String(thrown) };
  const code = thrown.code === 'interrupted' ? 'outcome_unknown' : thrown.code;
  return { code, params: thrown.params, ...(code === 'internal' ? { cause: String(thrown.cause) } : {}) };
}
