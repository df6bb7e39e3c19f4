import type { WindowSize } from '../store.ts';
import type { Branch } from './outline.ts';

/** The place of a part of a branch: from the entry at `start` to the one before `end`. */
export type Stretch = { start: number; end: number };

/** A question and its answer are shown together, however long they are. */
const MIN_MESSAGES = 2;

/** So much of the end of a branch as fits into `size`. */
export function endStretch(branch: Branch, size: WindowSize): Stretch {
  return { start: startBefore(branch, branch.length, size), end: branch.length };
}

/** So much as fits into `size` from the entry at `start` on. */
export function stretchFrom(branch: Branch, start: number, size: WindowSize): Stretch {
  let [end, bytes] = [start, 0];
  for (const entry of branch.slice(start, start + size.messages)) {
    bytes += entry.bytes;
    if (end - start >= MIN_MESSAGES && bytes > size.bytes) break;
    end += 1;
  }
  return { start, end };
}

/** So much as fits into `size` around the entry at `position`, half of it after that one. */
export function stretchAround(branch: Branch, position: number, size: WindowSize): Stretch {
  const half = { messages: Math.ceil(size.messages / 2), bytes: size.bytes / 2 };
  const { end } = stretchFrom(branch, position, half);
  return { start: startBefore(branch, position, half), end };
}

function startBefore(branch: Branch, end: number, size: WindowSize): number {
  let [start, bytes] = [end, 0];
  while (start > 0 && end - start < size.messages) {
    bytes += branch[start - 1]?.bytes ?? 0;
    if (end - start >= MIN_MESSAGES && bytes > size.bytes) break;
    start -= 1;
  }
  return start;
}
