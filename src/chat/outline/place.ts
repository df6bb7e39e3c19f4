import { notFound } from '../../lib/errors.ts';
import type { WindowSize } from '../store.ts';
import { positionOf, type Branch } from './outline.ts';
import { endStretch, stretchAround, stretchFrom, type Stretch } from './stretch.ts';

/** Which part of which branch: all are ids of messages. */
export type WindowPlace = {
  /** The branch that leads through this message, instead of the current one; what is near it, unless more is said. */
  at?: string | undefined;
  /** What stands before this message, instead of the end of the branch. */
  before?: string | undefined;
  /** What stands after this message. */
  after?: string | undefined;
  /** What begins with this message. */
  first?: string | undefined;
  /** What ends with this message. */
  last?: string | undefined;
};

/** So many messages are shown around one that is far from the end. */
const NEIGHBOURS = 40;

/** Which part of the branch is shown; undefined: what ends where the place says. @throws AppError `not_found` */
export function stretchOf(branch: Branch, place: WindowPlace, size: WindowSize): Stretch | undefined {
  const { at, before, after, first, last } = place;
  const named = after ?? first;
  if (named !== undefined) {
    const position = positionOf(branch, named);
    if (position < 0) throw notFound();
    return stretchFrom(branch, after === undefined ? position : position + 1, size);
  }
  if (at === undefined || before !== undefined || last !== undefined) return undefined;
  const end = endStretch(branch, size);
  const position = positionOf(branch, at);
  if (position >= end.start) return end;
  return stretchAround(branch, position, { ...size, messages: NEIGHBOURS });
}

/** @throws AppError `not_found` for a stretch without messages */
export function lastIn(branch: Branch, { start, end }: Stretch): string {
  const last = branch[end - 1];
  if (!last || end <= start) throw notFound();
  return last.id;
}
