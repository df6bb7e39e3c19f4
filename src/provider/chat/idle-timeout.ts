export type IdleTimeout = {
  /** Something arrived: the time starts again. Cheap enough for each token. */
  touch(): void;
  /** From now on another limit counts. */
  limitTo(milliseconds: number): void;
  clear(): void;
};

/** Calls `onIdle` once when `milliseconds` pass without a `touch`. One timer that re-arms itself, none per token. */
export function createIdleTimeout(milliseconds: number, onIdle: () => void): IdleTimeout {
  let limit = milliseconds;
  let last = performance.now();
  let timer: NodeJS.Timeout;
  const check = () => {
    const left = last + limit - performance.now();
    if (left <= 0) onIdle();
    else timer = setTimeout(check, left);
  };
  timer = setTimeout(check, limit);
  return {
    touch: () => {
      last = performance.now();
    },
    limitTo: (other) => {
      clearTimeout(timer);
      limit = other;
      last = performance.now();
      timer = setTimeout(check, limit);
    },
    clear: () => clearTimeout(timer),
  };
}
