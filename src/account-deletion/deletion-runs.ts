import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError, notFound } from '../lib/errors.ts';
import type { Log } from '../platform/log.ts';
import type { DeletionStep } from './deletion-steps.ts';
import type { RemovalStore } from './store.ts';

/** How long whoever asks waits for the end; what takes longer goes on without them. */
const ANSWER_WITHIN_MS = 10_000;
/** After a fault; twice as long after each further one, until the longest. */
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** `deleted`: all is gone. `continues`: the account is closed for good, and the rest goes by itself. */
export type DeletionOutcome = 'deleted' | 'continues';
type Fault = { count: number; dueAt: number };

type Deps = {
  store: RemovalStore;
  steps: readonly DeletionStep[];
  /** Hears of a deletion that ended when nobody waited for it any more. */
  onDeletedLater(userId: string): Promise<void>;
  log: Log;
  now: () => number;
};

/**
 * Deletes accounts. `leaving_at` in the row of an account says that it is being deleted, from the statement that closes
 * it until the row goes. Every step can be repeated, so after a fault or a crash the next run begins again and finds
 * less to do: the request makes the first run, `advance` the others, called at start and by a timer.
 */
export function createDeletionRuns({ store, steps, onDeletedLater, log, now }: Deps) {
  /** One run at a time for each account, however many ask. */
  const running = new Map<string, Promise<DeletionOutcome>>();
  const faults = new Map<string, Fault>();
  const closing = new AbortController();

  function noteFault(userId: string, step: string, error: unknown): void {
    const count = (faults.get(userId)?.count ?? 0) + 1;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
    faults.set(userId, { count, dueAt: now() + pause });
    log.error('deletion of an account waits', {
      user: userId,
      step,
      cause: isAppError(error) ? error.code : String(error),
      faults: count,
      next_in_ms: pause,
    });
  }

  async function runSteps(userId: string): Promise<DeletionOutcome> {
    for (const step of steps) {
      try {
        await step.run(userId, closing.signal);
      } catch (error) {
        noteFault(userId, step.name, error);
        return 'continues';
      }
      if (closing.signal.aborted) return 'continues';
    }
    faults.delete(userId);
    log.info('account deleted', { user: userId });
    return 'deleted';
  }

  function runOnce(userId: string): Promise<DeletionOutcome> {
    const run = running.get(userId) ?? runSteps(userId).finally(() => running.delete(userId));
    running.set(userId, run);
    return run;
  }

  async function runUnattended(userId: string): Promise<void> {
    if (running.has(userId)) return;
    if ((await runOnce(userId)) === 'deleted') await onDeletedLater(userId);
  }

  /** @returns `continues` when the run takes longer than somebody should wait; then `onDeletedLater` hears of it */
  async function waitFor(userId: string, run: Promise<DeletionOutcome>): Promise<DeletionOutcome> {
    const enough = new AbortController();
    const late = sleep(ANSWER_WITHIN_MS, 'late' as const, { signal: enough.signal }).catch(
      () => 'late' as const,
    );
    const first = await Promise.race([run, late]);
    enough.abort();
    if (first !== 'late') return first;
    void run.then((outcome) => (outcome === 'deleted' ? onDeletedLater(userId) : undefined));
    return 'continues';
  }

  /** Leaving accounts, and those of which only files are left after a fault. */
  async function listOpen(): Promise<string[]> {
    return [...new Set([...(await store.listLeaving()), ...faults.keys()])];
  }

  return {
    /** @throws AppError `not_found`; `last_admin` while other people are there */
    async assertCanGo(userId: string): Promise<void> {
      const canGo = await store.canGo(userId);
      if (canGo === undefined) throw notFound();
      if (!canGo) throw new AppError('last_admin');
    },

    /** True once the account is closed for good, and when it is gone. */
    isLeaving: (userId: string) => store.isLeaving(userId),

    /**
     * Closes the account for good and deletes it. The same account may be named twice at the same time: both get the
     * same answer. @throws AppError `last_admin`, or what keeps it from being closed: then nothing has happened
     */
    async remove(userId: string): Promise<DeletionOutcome> {
      await store.close(userId, now()).catch(async (error: unknown) => {
        // No row to close: somebody else was faster.
        if (!isAppError(error, 'last_admin') || !(await store.isLeaving(userId))) throw error;
      });
      return waitFor(userId, runOnce(userId));
    },

    /** Goes on with what is due. Called by a timer. */
    async advance(): Promise<void> {
      for (const userId of await listOpen()) {
        if (closing.signal.aborted) return;
        if ((faults.get(userId)?.dueAt ?? 0) <= now()) await runUnattended(userId);
      }
    },

    /** Ends what runs; the next start goes on. */
    async close(): Promise<void> {
      closing.abort();
      await Promise.all(running.values());
    },
  };
}
