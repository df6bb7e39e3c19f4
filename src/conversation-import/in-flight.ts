type Limits = { count: number; bytes: number };

/**
 * Work that goes on at the same time, within limits: what one waits for (the disk) the others use, and what several store in
 * one turn of the event loop is one transaction. Nothing begins under a key that is still worked on.
 */
export function createInFlight(limits: Limits) {
  const running = new Map<string, { bytes: number; done: Promise<void> }>();
  let failure: { error: unknown } | undefined;

  const bytesNow = () => [...running.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const hasRoom = (bytes: number) =>
    running.size === 0 || (running.size < limits.count && bytesNow() + bytes <= limits.bytes);
  const anyDone = () => Promise.race([...running.values()].map(({ done }) => done));

  function throwFailure(): void {
    if (failure) throw failure.error;
  }

  return {
    /** Begins the work once there is room. @throws what earlier work has thrown */
    async begin(key: string, bytes: number, work: () => Promise<void>): Promise<void> {
      while (running.has(key) || !hasRoom(bytes)) await anyDone();
      throwFailure();
      const done = work()
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => running.delete(key));
      running.set(key, { bytes, done });
    },

    /** Waits until nothing is worked on any more. Never throws. */
    async idle(): Promise<void> {
      while (running.size > 0) await anyDone();
    },

    /** Waits for all that has begun. @throws what any of it has thrown */
    async end(): Promise<void> {
      await this.idle();
      throwFailure();
    },
  };
}

export type InFlight = ReturnType<typeof createInFlight>;
