import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../platform/log.ts';
import { createRemaining } from './remaining.ts';
import type { IndexingStore } from './store.ts';

/** So long the streams may stand still for one step, and so much longer than it they then have for themselves. */
const STEP_MS = 4;
const REST_FACTOR = 3;
const MIN_REST_MS = 10;
const MAX_ROWS = 200;
const PAGES_AT_ONCE = 16;
/** How often is looked whether something waits; an import from the command line is another process. */
const LOOK_EVERY_MS = 2000;
/** After a fault, such as a full disk. */
const RETRY_MS = 30_000;

type Deps = { store: IndexingStore; log: Log };

/**
 * Indexes in small steps what is not indexed as it is written: imported and long messages, then what was stored before
 * there was an index, always the newest first. Afterwards, when something was deleted for good, rewrites the index
 * without it. Goes on where an earlier process ended.
 */
export function createIndexer({ store, log }: Deps) {
  const closing = new AbortController();
  const remaining = createRemaining(store);
  let rows = 1;
  let pauses = 0;
  let isLooking = false;
  let running: Promise<void> = Promise.resolve();

  const isOpen = () => !closing.signal.aborted;
  const rest = (ms: number) => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined);

  /** Does one step, and lets the streams go on for longer than it took. @returns what it gave, and its milliseconds */
  async function step<T>(work: () => Promise<T>): Promise<{ value: T; took: number }> {
    const begun = performance.now();
    const value = await work();
    const took = performance.now() - begun;
    await rest(Math.max(MIN_REST_MS, took * REST_FACTOR));
    return { value, took };
  }

  /** One step whose number of rows follows from how long the last one took. */
  async function indexRows(work: () => Promise<unknown>): Promise<true> {
    const { took } = await step(work);
    rows = took > STEP_MS ? Math.max(1, Math.floor(rows / 2)) : Math.min(MAX_ROWS, rows + 2);
    return true;
  }

  /** @returns false when nothing waits that may be indexed now */
  async function indexWaiting(): Promise<boolean> {
    if (pauses > 0 || !(await store.hasWaiting())) return false;
    return indexRows(async () => remaining.tookWaiting(await store.indexWaiting(rows)));
  }

  /** @returns false when no long text has a part that is not indexed */
  async function indexPart(): Promise<boolean> {
    if (pauses > 0 || !(await store.hasUnfinished())) return false;
    await step(store.indexPart);
    return true;
  }

  /** @returns false when all is indexed that is older than the index */
  async function indexOld(): Promise<boolean> {
    const left = await store.listProgress();
    remaining.sawOld(left);
    const [row] = left;
    return row ? indexRows(() => store.indexRows(row, row.before_rowid - rows)) : false;
  }

  async function indexAll(): Promise<void> {
    await remaining.countWaiting();
    while (isOpen() && ((await indexWaiting()) || (await indexPart()) || (await indexOld())));
  }

  async function rewriteIndex(): Promise<void> {
    if (!(await store.hasRemoved())) return;
    await store.beginMerge();
    while (isOpen()) {
      if (await indexWaiting()) continue;
      const { value: goesOn } = await step(() => store.merge(PAGES_AT_ONCE));
      if (!goesOn) return await store.endMerge();
    }
  }

  async function advance(works: readonly (() => Promise<void>)[]): Promise<void> {
    while (isOpen())
      try {
        for (const work of works) await work();
        return;
      } catch (error) {
        log.error('search index is not up to date', { cause: String(error) });
        await rest(RETRY_MS);
      }
  }

  function look(): void {
    if (isLooking) return;
    isLooking = true;
    running = running.then(() => advance([indexAll])).finally(() => (isLooking = false));
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref();

  return {
    /** Does what there is to do, in the background. */
    start(): void {
      running = running.then(() => advance([indexAll, rewriteIndex]));
    },
    /** Resolves once what `start` has begun is done. */
    settled: () => running,
    /** Lets imported and long messages wait until the function that it returns is called. */
    pause(): () => void {
      pauses += 1;
      return () => {
        pauses -= 1;
        look();
      };
    },
    /** How much is still to be indexed, from 1 to 0; undefined when all is, or only a few messages wait. */
    remaining: remaining.share,
    /** Ends between two steps. */
    close(): Promise<void> {
      clearInterval(timer);
      closing.abort();
      return running;
    },
  };
}
