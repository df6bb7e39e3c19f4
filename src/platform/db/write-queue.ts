import type Sqlite from 'better-sqlite3';

type Write = { work(): unknown; done(value: unknown): void; fail(error: unknown): void };

/**
 * Collects the writes of one turn of the event loop into one transaction: a durable commit waits for the disk, which
 * costs far more than the writes themselves, and while it waits nothing else runs. Each promise settles only after that
 * commit. A write that fails by itself (a constraint, a conflict) fails alone; when the commit fails, all of the group do.
 * `around` is called with each transaction and has to run it.
 */
export function createWriteQueue(
  raw: Sqlite.Database,
  around: <T>(transaction: () => T) => T = (transaction) => transaction(),
) {
  let queue: Write[] = [];

  const runGroup = raw.transaction((group: readonly Write[]) => {
    const settled: (() => void)[] = [];
    for (const { work, done, fail } of group) {
      try {
        const value = work();
        settled.push(() => done(value));
      } catch (error) {
        // On some faults (full disk) SQLite has undone the whole transaction: going on would write outside it.
        if (!raw.inTransaction) throw error;
        settled.push(() => fail(error));
      }
    }
    return settled;
  });

  function runAll(first: Write, group: readonly Write[]): (() => void)[] {
    if (group.length > 1) return runGroup.immediate(group);
    // Alone, it needs no transaction around its own.
    const value = first.work();
    return [() => first.done(value)];
  }

  function flush(): void {
    const group = queue;
    queue = [];
    const [first] = group;
    if (!first) return;
    try {
      // Settled only when the transaction and what is around it are over.
      for (const settle of around(() => runAll(first, group))) settle();
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  return {
    /** Does `work`, synchronous and atomic by itself, with the others of this turn. @throws what it throws, or the commit */
    write<T>(work: () => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (queue.push({ work, done: resolve, fail: reject }) === 1) setImmediate(flush);
      });
    },
    flush,
  };
}
