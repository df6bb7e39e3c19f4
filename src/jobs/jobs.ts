import type { Actor } from '../lib/actor.ts';
import { AppError, isAppError, notFound } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { cancelChannel, isLive, jobChannel, toJob, type Job, type JobNews } from './job.ts';
import { createJobStore, type JobRow } from './store.ts';
import { createWorker, type JobHandler } from './worker.ts';

export type { Job, JobError } from './job.ts';
export type { JobKind } from './routes.ts';
export type { JobHandler } from './worker.ts';
export { jobJson } from './views.ts';

/** A failed job is shown among the open ones for a day, so that it can be tried again. */
const SHOW_FAILED_MS = 24 * 60 * 60_000;
const MAX_OPEN_SHOWN = 50;

type Deps = {
  db: Db;
  bus: Bus;
  log: Log;
  metrics: Pick<Metrics, 'jobEnded'>;
  newId: NewId;
  now: () => number;
  maxActive: number;
};

/** Durable work with live progress: claimed from the database, cancelled through the bus, recovered at start. */
export function createJobs({ db, bus, log, metrics, newId, now, maxActive }: Deps) {
  const store = createJobStore(db);
  const handlers = new Map<string, JobHandler>();
  const worker = createWorker({ store, handlers, bus, log, metrics, newId, now });

  async function get(actor: Actor, id: string): Promise<JobRow> {
    const row = await store.find(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  const tooManyActive = () =>
    new AppError('too_many_active', { params: { limit: maxActive }, retryAfterSeconds: 5 });

  /** A job that an earlier process left after its paid call was sent: complete when all is there, else unknown. */
  async function endLeft(row: JobRow): Promise<void> {
    const job = toJob(row);
    const handler = handlers.get(row.kind);
    const isComplete = (await handler?.recover(job)) ?? false;
    const status = isComplete ? 'complete' : 'unknown';
    const error = isComplete ? null : { code: 'outcome_unknown' as const, params: {} };
    await handler?.ended({ ...job, status, error });
    const key = { id: row.id, claim: row.claim ?? '' };
    await store.finish(key, { status, error: error && JSON.stringify(error), now: now() });
  }

  /** Cancels a queued or running job; one that is over stays as it is. */
  async function cancel(actor: Actor, id: string): Promise<Job> {
    const row = await get(actor, id);
    if ((await store.cancelQueued(id, actor.id, now())) > 0) {
      const job = toJob(await get(actor, id));
      await handlers.get(row.kind)?.ended(job);
      metrics.jobEnded({ kind: job.kind, status: job.status });
      bus.publish(jobChannel(id), { type: 'ended' });
      return job;
    }
    bus.publish(cancelChannel(id), null);
    await worker.ended(id);
    return toJob(await get(actor, id));
  }

  return {
    handle: (kind: string, handler: JobHandler) => void handlers.set(kind, handler),

    /**
     * What stores a job, for callers that store more in the same transaction; then call `wake`. The batch fails with
     * `conflict` when the client id is known or too many are active.
     */
    prepare(actor: Actor, job: { kind: string; input: unknown; clientId?: string | undefined }) {
      const id = newId();
      const input = JSON.stringify(job.input);
      return {
        id,
        statement: store.insertion({ ...job, id, ownerId: actor.id, input, now: now(), maxActive }),
      };
    },

    /** What stores work that was done elsewhere, at an instant in milliseconds, so that it is shown like our own. */
    prepareDone(actor: Actor, { kind, input, at }: { kind: string; input: unknown; at: number }) {
      const id = newId();
      const job = { id, ownerId: actor.id, kind, input: JSON.stringify(input), at };
      return { id, statement: store.insertionOfDone(job) };
    },

    /** Stores a prepared job with what belongs to it. A repeat of the client id finds the first. */
    async enqueue(
      actor: Actor,
      prepared: { id: string; statements: Statement[]; kind: string; clientId?: string | undefined },
    ): Promise<Job> {
      await store.batch(prepared.statements).catch((error: unknown) => {
        // Refused as a whole; the look-ups below tell a repeat from a refusal.
        if (!isAppError(error, 'conflict')) throw error;
      });
      const row =
        (await store.find(prepared.id, actor.id)) ??
        (prepared.clientId ? await store.findByClientId(actor.id, prepared.clientId) : undefined);
      if (!row) throw tooManyActive();
      worker.wake(prepared.kind);
      return toJob(row);
    },
    wake: worker.wake,

    find: async (actor: Actor, id: string) => toJob(await get(actor, id)),

    /** How many queued jobs of the kind are before this one. */
    async position(actor: Actor, id: string): Promise<number> {
      const row = await get(actor, id);
      return row.status === 'queued' ? store.countAhead(row) : 0;
    },

    /** Queued and running ones, and those that failed or ended unknown in the last day; newest first. */
    async listOpen(actor: Actor, kind: string): Promise<Job[]> {
      return (await store.listOpen(actor.id, kind, now() - SHOW_FAILED_MS, MAX_OPEN_SHOWN)).map(toJob);
    },

    cancel,

    /** Cancels all that a person has queued or running: the person leaves or is suspended. */
    async cancelOwner(ownerId: string): Promise<void> {
      await Promise.all((await store.liveOf(ownerId)).map(({ id }) => cancel({ id: ownerId }, id)));
    },

    /**
     * Queues a failed, cancelled or unknown job again, with what belongs to it.
     * @throws AppError `conflict` when it is none of these, `too_many_active`
     */
    async retry(actor: Actor, id: string, together: Statement[]): Promise<Job> {
      const row = await get(actor, id);
      const canRetry = !isLive(row) && row.status !== 'complete';
      await store.batch([store.retrial(id, actor.id, maxActive), ...together]).catch((error: unknown) => {
        throw canRetry && isAppError(error, 'conflict') ? tooManyActive() : error;
      });
      worker.wake(row.kind);
      return toJob(await get(actor, id));
    },

    /** Calls back after each change until the job is over or the caller ends it. */
    follow: (id: string, listener: (news: JobNews) => void) => bus.subscribe(jobChannel(id), listener),

    /** Waits for the end of a job that runs in this process. @throws AppError `internal` when it cannot be stored */
    async finished(actor: Actor, id: string): Promise<Job> {
      // Subscribes first: otherwise an end between look-up and subscription would be missed.
      let unsubscribe: () => void = () => undefined;
      const end = new Promise<void>((resolve) => {
        unsubscribe = bus.subscribe(jobChannel(id), (news) => {
          if (news.type === 'ended') resolve();
        });
      });
      try {
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
      const left = await store.listSent();
      for (const row of left) await endLeft(row);
      const requeued = await store.requeueUnsent();
      if (left.length + requeued > 0)
        log.warn('jobs recovered', { already_sent: left.length, queued_again: requeued });
      worker.open();
    },

    close: () => worker.close(),
  };
}

export type Jobs = ReturnType<typeof createJobs>;
