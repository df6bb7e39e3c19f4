import type { IndexingStore, ProgressRow } from './store.ts';

/** Fewer are indexed before anybody has read that they are not. */
const MIN_TOLD = 200;

/** Reckons how much of the work of the indexer is still to be done. */
export function createRemaining(store: Pick<IndexingStore, 'countWaiting'>) {
  let most = 0;
  let waiting = 0;
  let old: number | undefined;

  return {
    async countWaiting(): Promise<void> {
      waiting = await store.countWaiting();
      most = waiting;
    },
    /** So many of those that waited are indexed. */
    tookWaiting(count: number): void {
      waiting = Math.max(0, waiting - count);
    },
    /** What of the sources is older than the index and not indexed. */
    sawOld(left: readonly ProgressRow[]): void {
      old = left.length === 0 ? undefined : shareOf(left);
    },
    /** From 1 to 0; undefined when nothing is left that is worth telling. */
    share: (): number | undefined => (most >= MIN_TOLD && waiting > 0 ? waiting / most : old),
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
