export type Turns = {
  /** @returns a promise that resolves when the work is done, or was left out */
  add(work: () => Promise<void> | void): Promise<void>;
  /** What has not begun is left out. */
  stop(): void;
};

/** Does one piece of work after the other, in the order of adding, until one fails: `onFailure` is told, the rest is left out. */
export function createTurns(onFailure: (error: unknown) => void): Turns {
  let last = Promise.resolve();
  let isStopped = false;
  const run = async (work: () => Promise<void> | void): Promise<void> => {
    if (isStopped) return;
    try {
      await work();
    } catch (error) {
      isStopped = true;
      onFailure(error);
    }
  };
  return {
    add: (work) => (last = last.then(() => run(work))),
    stop: () => void (isStopped = true),
  };
}
