import { AppError, isAppError, notFound, type ErrorCode, type ErrorParams } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { createJobStore, type JobRow, type JobStatus } from './store.ts';

export type { JobStatus } from './store.ts';
export type JobError = { code: ErrorCode; params: ErrorParams };

export type Job = {
  id: string;
  ownerId: string;
  kind: string;
  status: JobStatus;
  input: unknown;
  /** Percent. */
  progress: number;
  error: JobError | null;
  attempts: number;
  createdAt: number;
};

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
  /** After each end, whatever it was; also when an earlier process left the job behind. */
  ended(job: Job): Promise<void>;
};

/** A failed job is shown among the open ones for a day, so that it can be tried again. */
const SHOW_FAILED_MS = 24 * 60 * 60_000;
const MAX_OPEN_SHOWN = 50;
const RETRY_STORE_MS = 1000;
const ends: Partial<Record<ErrorCode, JobStatus>> = { stopped: 'cancelled', outcome_unknown: 'unknown' };

type Actor = { id: string };
type Deps = { db: Db; bus: Bus; log: Log; metrics: Pick<Metrics, 'jobEnded'>; newId: NewId; now: () => number; maxActive: number };

/** Durable work with live progress: claimed from the database, cancelled through the bus, recovered at start. */
export function createJobs({ db, bus, log, metrics, newId, now, maxActive }: Deps) {
  const store = createJobStore(db);
  const handlers = new Map<string, JobHandler>();
  const running = new Map<string, { abort: AbortController; ended: Promise<void>; kind: string }>();
  let isOpen = false;

  async function get(actor: Actor, id: string): Promise<JobRow> {
    const row = await store.find(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  const tooManyActive = () =>
    new AppError('too_many_active', { params: { limit: maxActive }, retryAfterSeconds: 5 });

  /** Claims and starts as many jobs of a kind as may run at once. */
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

  async function work(handler: JobHandler, row: JobRow, claim: string, abort: AbortController): Promise<void> {
    const job = toJob(row);
    const key = { id: row.id, claim };
    const unsubscribe = bus.subscribe(`cancel:${row.id}`, () => abort.abort(new AppError('stopped')));
    bus.publish(`job:${row.id}`, { type: 'progress' });
    let status: JobStatus = 'complete';
    let error: JobError | null = null;
    try {
      await handler.run(job, {
        signal: abort.signal,
        sent: async () => void (await store.markSent(key, now())),
        async progress(percent) {
          await store.progress(key, percent, now());
          bus.publish(`job:${row.id}`, { type: 'progress' });
        },
      });
    } catch (thrown) {
      error = isAppError(thrown) ? { code: thrown.code, params: thrown.params } : { code: 'internal', params: {} };
      // Cut off by us or by the network: the model server may have done the work all the same.
      if (error.code === 'interrupted') error = { code: 'outcome_unknown', params: {} };
      status = ends[error.code] ?? 'failed';
      if (error.code === 'internal') log.error('job failed', { job: row.id, cause: String(thrown) });
    }
    unsubscribe();
    if (status === 'unknown' && (await queueAgain(key))) return;
    await finish(handler, { ...job, status, error }, key);
  }

  /** A job that was cut off before its paid call was sent can simply wait for the next start. */
  async function queueAgain(key: { id: string; claim: string }): Promise<boolean> {
    const isQueued = (await store.queueAgain(key).catch(() => 0)) > 0;
    if (isQueued) bus.publish(`job:${key.id}`, { type: 'progress' });
    return isQueued;
  }

  /** Writes the end; while nothing can be stored (full disk) it is tried again. */
  async function finish(handler: JobHandler, job: Job, key: { id: string; claim: string }): Promise<void> {
    for (;;) {
      try {
        const end = { status: job.status, error: job.error && JSON.stringify(job.error), now: now() };
        await handler.ended(job);
        await store.finish(key, end);
        metrics.jobEnded({ kind: job.kind, status: job.status });
        break;
      } catch (error) {
        log.error('job waits to be stored', { job: job.id, code: isAppError(error) ? error.code : String(error) });
        if (!isOpen || !isAppError(error)) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_STORE_MS));
      }
    }
    bus.publish(`job:${job.id}`, { type: 'ended' });
  }

  return {
    handle: (kind: string, handler: JobHandler) => void handlers.set(kind, handler),

    /** What stores a job, for callers that store more in the same transaction; then call `wake`. */
    prepare(actor: Actor, job: { kind: string; input: unknown; clientId?: string | undefined }) {
      const id = newId();
      const input = JSON.stringify(job.input);
      return {
        id,
        statement: store.insertion({ ...job, id, ownerId: actor.id, input, now: now(), maxActive }),
      };
    },

    /** Stores a prepared job with what belongs to it. A repeat of the client id finds the first. */
    async enqueue(
      actor: Actor,
      prepared: { id: string; statements: Statement[]; kind: string; clientId?: string | undefined },
    ): Promise<Job> {
      await store.batch(prepared.statements);
      const row =
        (await store.find(prepared.id, actor.id)) ??
        (prepared.clientId ? await store.findByClientId(actor.id, prepared.clientId) : undefined);
      if (!row) throw tooManyActive();
      void pump(prepared.kind);
      return toJob(row);
    },
    wake: (kind: string) => void pump(kind),

    find: async (actor: Actor, id: string) => toJob(await get(actor, id)),

    /** How many queued jobs of the kind are before this one. */
    async position(actor: Actor, id: string): Promise<number> {
      const row = await get(actor, id);
      return row.status === 'queued' ? store.countAhead(row) : 0;
    },

    /** Running ones, and those that failed in the last day; newest first. */
    async listOpen(actor: Actor, kind: string): Promise<Job[]> {
      return (await store.listOpen(actor.id, kind, now() - SHOW_FAILED_MS, MAX_OPEN_SHOWN)).map(toJob);
    },

    /** Cancels a queued or running job; one that is over stays as it is. */
    async cancel(actor: Actor, id: string): Promise<Job> {
      const row = await get(actor, id);
      if ((await store.cancelQueued(id, actor.id, now())) > 0) {
        const job = toJob(await get(actor, id));
        await handlers.get(row.kind)?.ended(job);
        bus.publish(`job:${id}`, { type: 'ended' });
        return job;
      }
      bus.publish(`cancel:${id}`, {});
      await running.get(id)?.ended;
      return toJob(await get(actor, id));
    },

    /** Queues a failed, cancelled or unknown job again, with what belongs to it. @throws AppError `conflict`, `too_many_active` */
    async retry(actor: Actor, id: string, together: Statement[]): Promise<Job> {
      const row = await get(actor, id);
      const isOver = row.status !== 'queued' && row.status !== 'running' && row.status !== 'complete';
      await store.batch([store.retrial(id, actor.id, maxActive), ...together]).catch((error: unknown) => {
        throw isOver && isAppError(error, 'conflict') ? tooManyActive() : error;
      });
      void pump(row.kind);
      return toJob(await get(actor, id));
    },

    /** Calls back after each change until the job is over or the caller ends it. */
    follow: (id: string, listener: (news: { type: 'progress' | 'ended' }) => void) =>
      bus.subscribe(`job:${id}`, listener),

    /** Waits for the end of a job that runs in this process. @throws AppError `internal` when it cannot be stored */
    async finished(actor: Actor, id: string): Promise<Job> {
      // Listening first: an end between the look-up and the listening would be waited for in vain.
      let unsubscribe: () => void = () => undefined;
      const end = new Promise<void>((resolve) => {
        unsubscribe = bus.subscribe(`job:${id}`, (news: { type: string }) => {
          if (news.type === 'ended') resolve();
        });
      });
      try {
        const isLive = ({ status }: JobRow) => status === 'queued' || status === 'running';
        if (isLive(await get(actor, id))) await end;
        const row = await get(actor, id);
        if (isLive(row)) throw new AppError('internal');
        return toJob(row);
      } finally {
        unsubscribe();
      }
    },

    /** Takes up what an earlier process left, then starts working. Call once all handlers are there. */
    async open(): Promise<void> {
      const error = JSON.stringify({ code: 'outcome_unknown', params: {} });
      const abandoned = await store.abandonSent(error, now());
      for (const row of abandoned) await handlers.get(row.kind)?.ended(toJob(row));
      const requeued = await store.requeueUnsent();
      if (abandoned.length + requeued > 0)
        log.warn('jobs recovered', { outcome_unknown: abandoned.length, queued_again: requeued });
      isOpen = true;
      for (const kind of handlers.keys()) void pump(kind);
    },

    /** Ends running jobs; their outcome is unknown when the paid call was sent. */
    async close(): Promise<void> {
      isOpen = false;
      for (const { abort } of running.values()) abort.abort(new AppError('interrupted'));
      await Promise.all([...running.values()].map((one) => one.ended));
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;

function toJob(row: JobRow): Job {
  return {
    id: row.id,
    ownerId: row.owner_id,
    kind: row.kind,
    status: row.status,
    input: JSON.parse(row.input) as unknown,
    progress: row.progress,
    error: row.error ? (JSON.parse(row.error) as JobError) : null,
    attempts: row.attempts,
    createdAt: row.created_at,
  };
}
