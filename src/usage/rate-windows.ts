const WINDOW_MS = 60_000;

/** What one more request meets. `resetSeconds`: until there is room again, or all of it is. */
export type Taken = { isAllowed: boolean; limit: number; remaining: number; resetSeconds: number };

type Window = { start: number; count: number; previous: number };

/**
 * Counts requests in a sliding minute, in memory: what came in the minute before counts for the part of it that still
 * lies within the last 60 s. Two numbers for a key, whatever it does; refused requests do not count.
 */
export function createWindows(now: () => number) {
  const windows = new Map<string, Window>();
  let sweptAt = now();

  function current(key: string, at: number): Window {
    const start = at - (at % WINDOW_MS);
    const known = windows.get(key);
    if (known?.start === start) return known;
    const previous = known?.start === start - WINDOW_MS ? known.count : 0;
    const window = { start, count: 0, previous };
    windows.set(key, window);
    return window;
  }

  /** Keys that have been silent for two minutes are forgotten. */
  function sweep(at: number): void {
    if (at - sweptAt < WINDOW_MS) return;
    sweptAt = at;
    for (const [key, { start }] of windows) if (start < at - 2 * WINDOW_MS) windows.delete(key);
  }

  return {
    /** Takes one of `limit` a minute, 0 being no limit. */
    take(key: string, limit: number): Taken {
      if (limit === 0) return { isAllowed: true, limit: 0, remaining: 0, resetSeconds: 0 };
      const at = now();
      sweep(at);
      const window = current(key, at);
      const left = 1 - (at - window.start) / WINDOW_MS;
      const used = window.previous * left + window.count;
      if (used + 1 > limit)
        return { isAllowed: false, limit, remaining: 0, resetSeconds: secondsUntilRoom(window, limit, at) };
      window.count += 1;
      const remaining = Math.max(0, Math.floor(limit - used - 1));
      return { isAllowed: true, limit, remaining, resetSeconds: Math.ceil((left * WINDOW_MS) / 1000) };
    },
    size: () => windows.size,
  };
}

/** When the part of the earlier minute that counts has become small enough. */
function secondsUntilRoom({ start, count, previous }: Window, limit: number, at: number): number {
  const room = limit - 1;
  const [begin, counted, beside] =
    count <= room && previous > 0 ? [start, previous, count] : [start + WINDOW_MS, count, 0];
  const part = Math.min(1, Math.max(0, (room - beside) / counted));
  return Math.max(1, Math.ceil((begin + (1 - part) * WINDOW_MS - at) / 1000));
}
