import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../platform/log.ts';
import type { IndexingStore, ProgressRow } from './store.ts';

/** So long the streams may stand still for one step, and so much longer than it they then have for themselves. */
const STEP_MS = 4;
const REST_FACTOR = 3;
const MIN_REST_MS = 10;
const MAX_ROWS = 200;
const PAGES_AT_ONCE = 16;
/** After a fault, such as a full disk. */
const RETRY_MS = 30_000;

type Deps = { store: IndexingStore; log: Log };

/**
 * Indexes in small steps what was stored before there was an index, the newest first, and afterwards, whenever something
 * was deleted for good, rewrites the index without it. Goes on where an earlier process ended.
 */
export function createIndexer({ store, log }: Deps) {
  const closing = new AbortController();
  let rows = 1;
  let remaining: number | undefined;
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

  async function indexOld(): Promise<void> {
    for (
      let left = await store.listProgress();
      left.length > 0 && isOpen();
      left = await store.listProgress()
    ) {
      remaining = shareOf(left);
      const [row] = left;
      if (row) await indexSome(row);
    }
    if (isOpen()) remaining = undefined;
  }

  async function indexSome(row: ProgressRow): Promise<void> {
    const { took } = await step(() => store.indexRows(row, row.before_rowid - rows));
    rows = took > STEP_MS ? Math.max(1, Math.floor(rows / 2)) : Math.min(MAX_ROWS, rows + 2);
  }

  async function rewriteIndex(): Promise<void> {
    if (!(await store.hasRemoved())) return;
    await store.beginMerge();
    while (isOpen()) {
      const { value: goesOn } = await step(() => store.merge(PAGES_AT_ONCE));
      if (!goesOn) return await store.endMerge();
    }
  }

  async function advance(): Promise<void> {
    while (isOpen())
      try {
        await indexOld();
        return await rewriteIndex();
      } catch (error) {
        log.error('search index is not up to date', { cause: String(error) });
        await rest(RETRY_MS);
      }
  }

  return {
    /** Does what there is to do, in the background. */
    start(): void {
      running = running.then(advance);
    },
    /** Resolves once what `start` has begun is done. */
    settled: () => running,
    /** How much of what is older is still to be indexed, from 1 to 0; undefined when all is. */
    remaining: () => remaining,
    /** Ends between two steps. */
    close(): Promise<void> {
      closing.abort();
      return running;
    },
  };
}

function shareOf(left: readonly ProgressRow[]): number {
  const rowsOf = (count: (row: ProgressRow) => number) => left.reduce((sum, row) => sum + count(row), 0);
  return (
    rowsOf((row) => row.before_rowid) /
    Math.max(
      1,
      rowsOf((row) => row.first_rowid),
    )
  );
}
