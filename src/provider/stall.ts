export type Stall = {
  /** Something arrived: the time starts again. Cheap enough for each token. */
  touch(): void;
  /** From now on another limit counts. */
  limitTo(milliseconds: number): void;
  clear(): void;
};

/** Calls `onStall` once when `milliseconds` pass without a `touch`. One timer that re-arms itself, none per token. */
export function createStall(milliseconds: number, onStall: () => void): Stall {
  let limit = milliseconds;
  let last = performance.now();
  let timer: NodeJS.Timeout;
  const check = () => {
    const left = last + limit - performance.now();
    if (left <= 0) onStall();
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
