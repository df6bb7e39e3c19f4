import type { Worker } from 'node:worker_threads';

type Entry<Job> = { job: Job; limitMs: number; settle(result: unknown): void };
export type Lane<Job> = {
  /** `limitMs` counts from the start of the work, not while the job waits. */
  run<Result>(job: Job, limitMs: number): Promise<Result | undefined>;
  close(): void;
};
type Deps = { startWorker(): Promise<Worker>; reportFault(cause: unknown): void };

/** An idle thread is ended after so long: it holds some 20 MB. */
const IDLE_MS = 10_000;
/** Loading takes a tenth of a second on a quiet machine. */
const LOADING_MS = 20_000;
/** Beyond this many waiting jobs new ones are refused: they would wait too long to be of use. */
const MAX_WAITING = 200;

/**
 * A worker thread with a queue before it, started with the first job. A job that takes longer than its limit, or fails,
 * has the result undefined, and the next one gets a new thread.
 */
export function createLane<Job>({ startWorker, reportFault }: Deps): Lane<Job> {
  const waiting: Entry<Job>[] = [];
  let worker: Worker | undefined;
  let running: Entry<Job> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function run<Result>(job: Job, limitMs: number): Promise<Result | undefined> {
    if (isClosed || waiting.length >= MAX_WAITING) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      waiting.push({ job, limitMs, settle: (result) => resolve(result as Result | undefined) });
      void next();
    });
  }

  async function next(): Promise<void> {
    if (running) return;
    clearTimeout(timer);
    running = waiting.shift();
    if (!running) {
      timer = setTimeout(end, IDLE_MS).unref();
      return;
    }
    try {
      worker ??= await begin();
    } catch (error) {
      reportFault(error);
      return finish(undefined);
    }
    if (isClosed) return end();
    timer = setTimeout(end, running.limitMs).unref();
    worker.postMessage(running.job);
  }

  /** A thread that has loaded its program. @throws Error when it ended before that */
  async function begin(): Promise<Worker> {
    const started = await startWorker();
    started.unref();
    const loading = setTimeout(() => void started.terminate(), LOADING_MS).unref();
    await new Promise((resolve, reject) => {
      started.once('message', resolve);
      started.once('error', reject);
      started.once('exit', () => reject(new Error('the thread did not start')));
    }).finally(() => clearTimeout(loading));
    const ended = (cause?: unknown) => {
      if (cause instanceof Error) reportFault(cause);
      if (worker !== started) return;
      worker = undefined;
      finish(undefined);
    };
    // A thread that was ended may still have a result on its way, which is not of the job that runs by then.
    started.on('message', (result) => {
      if (worker === started) finish(result);
    });
    started.on('error', ended);
    started.on('exit', ended);
    return started;
  }

  function finish(result: unknown): void {
    const done = running;
    running = undefined;
    done?.settle(result);
    if (!isClosed) void next();
  }

  /** Ends the thread, and with it the job that it is at. */
  function end(): void {
    clearTimeout(timer);
    const ended = worker;
    worker = undefined;
    void ended?.terminate();
    if (running) finish(undefined);
  }

  return {
    run,
    close(): void {
      isClosed = true;
      for (const { settle } of waiting.splice(0)) settle(undefined);
      end();
    },
  };
}
