/** A stretch of items that two sequences share: where it begins in each of them, and how long it is. */
export type Run = { one: number; other: number; length: number };
type Sequence = Int32Array;

/**
 * What two sequences share, in order, with as few differences as possible (Myers 1986, "An O(ND) difference algorithm").
 * Takes time and memory by the square of the number of differences.
 * @returns undefined when more than `maxDifferences` items would have to be taken out or put in
 */
export function commonRuns(one: Sequence, other: Sequence, maxDifferences: number): Run[] | undefined {
  const start = sharedStart(one, other);
  const end = sharedEnd(one, other, start);
  const middle = myers(
    one.subarray(start, one.length - end),
    other.subarray(start, other.length - end),
    maxDifferences,
  );
  if (!middle) return undefined;
  const runs = [
    { one: 0, other: 0, length: start },
    ...middle.map((run) => ({ one: run.one + start, other: run.other + start, length: run.length })),
    { one: one.length - end, other: other.length - end, length: end },
  ];
  return joined(runs.filter(({ length }) => length > 0));
}

function sharedStart(one: Sequence, other: Sequence): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1;
  return length;
}

function sharedEnd(one: Sequence, other: Sequence, start: number): number {
  let length = 0;
  const most = Math.min(one.length, other.length) - start;
  while (length < most && one[one.length - 1 - length] === other[other.length - 1 - length]) length += 1;
  return length;
}

/** `reached[d]`: how far into `one` each diagonal gets with d differences; diagonal k stands at k + d. */
function myers(one: Sequence, other: Sequence, maxDifferences: number): Run[] | undefined {
  const most = Math.min(one.length + other.length, maxDifferences);
  const reached: Sequence[] = [];
  let before = new Int32Array(1);
  for (let d = 0; d <= most; d += 1) {
    const furthest = new Int32Array(2 * d + 1);
    reached.push(furthest);
    for (let k = -d; k <= d; k += 2) {
      let x = entryTo(before, d, k);
      while (x < one.length && x - k < other.length && one[x] === other[x - k]) x += 1;
      furthest[k + d] = x;
      if (x >= one.length && x - k >= other.length) return traceBack(reached, one.length, other.length);
    }
    before = furthest;
  }
  return undefined;
}

/** Whether the d-th difference leads to diagonal k from the one above, which is further on, and not from the one below. */
function isFromAbove(before: Sequence, d: number, k: number): boolean {
  return k === -d || (k !== d && (before[k + d - 2] ?? 0) < (before[k + d] ?? 0));
}

/** Where on diagonal k the d-th difference leads. */
function entryTo(before: Sequence, d: number, k: number): number {
  if (d === 0) return 0;
  return isFromAbove(before, d, k) ? (before[k + d] ?? 0) : (before[k + d - 2] ?? 0) + 1;
}

function traceBack(reached: readonly Sequence[], oneLength: number, otherLength: number): Run[] {
  const runs: Run[] = [];
  let [x, k] = [oneLength, oneLength - otherLength];
  for (let d = reached.length - 1; d > 0; d -= 1) {
    const before = reached[d - 1] ?? new Int32Array(1);
    const start = entryTo(before, d, k);
    runs.push({ one: start, other: start - k, length: x - start });
    k += isFromAbove(before, d, k) ? 1 : -1;
    x = before[k + d - 1] ?? 0;
  }
  runs.push({ one: 0, other: 0, length: x });
  return runs.reverse().filter(({ length }) => length > 0);
}

/** Runs that touch each other in both sequences are one. */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    const touches = last && last.one + last.length === run.one && last.other + last.length === run.other;
    if (touches) last.length += run.length;
    else result.push({ ...run });
  }
  return result;
}
