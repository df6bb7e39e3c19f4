import { visibleEnd } from './visible-end.ts';
import { createScale, weigh } from './weight.ts';

/** What a text may cost while it grows, in units of weight. */
export type StreamLimits = {
  /** The open block, which is rendered again as it grows. */
  openBlock: number;
  /** The same for a block of code, in characters: its lines are only escaped, or coloured a part at a time. */
  openCode: number;
  /** What is new since the last step. */
  step: number;
  /** The whole text. */
  total: number;
};

/** A step takes 20 ms at the worst; prose may have an open paragraph of 18,000 letters, and 500,000 altogether. */
export const standardLimits: StreamLimits = {
  openBlock: 20_000,
  openCode: 100_000,
  step: 8000,
  total: 600_000,
};

const FENCE = /^ {0,3}(`{3,}(?=[^`\n]*\n)|~{3,}(?=[^\n]*\n))/;
const LONGEST_FIRST_LINE = 200;

/** Where a growing text stops being rendered, and how far the next step of rendering goes. */
export function createLimits({ openBlock, openCode, step, total }: StreamLimits) {
  const whole = createScale(0, total);
  let open = openedAt('', 0);

  function openedAt(text: string, start: number) {
    const beginning = text.slice(start, start + LONGEST_FIRST_LINE);
    const firstLine = beginning.slice(0, beginning.indexOf('\n') + 1);
    // A first line that is too dear by itself was refused before it could be known as that of code.
    const fence = weigh(firstLine) <= openBlock ? FENCE.exec(firstLine)?.[1] : undefined;
    return {
      start,
      /** Before its first line is whole, a block may still turn out to be code. */
      isCertain: firstLine !== '' || beginning.length === LONGEST_FIRST_LINE,
      closing: fence && new RegExp(`^ {0,3}${fence}${fence.charAt(0)}*[ \\t]*\\n`, 'gm'),
      searched: start + (fence?.length ?? 0),
      scale: createScale(start, openBlock),
    };
  }

  function endOfOpenBlock(text: string, start: number): number {
    if (open.start !== start || !open.isCertain) open = openedAt(text, start);
    const { closing } = open;
    if (closing) {
      closing.lastIndex = open.searched;
      open.searched = Math.max(open.searched, text.lastIndexOf('\n') + 1);
      if (!closing.test(text)) return start + openCode;
      // What follows the code may depend on still later text, and is weighed as usual.
      open = { ...open, closing: undefined, scale: createScale(closing.lastIndex, openBlock) };
    }
    return open.scale.limitIn(text) ?? Infinity;
  }

  return {
    /** The last place up to which the text is rendered when its open block begins at `start`; Infinity: no end yet. */
    plainAfter(text: string, start: number): number {
      const end = Math.min(endOfOpenBlock(text, start), whole.limitIn(text) ?? Infinity);
      return end >= text.length ? Infinity : visibleEnd(text.slice(0, end), start);
    },
    /** How far one step goes: white space at its beginning costs nothing, and it ends after something visible. */
    stepFrom(text: string, position: number): number {
      const start = position + (/^[ \t\n]*/.exec(text.slice(position))?.[0].length ?? 0);
      const end = createScale(start, step).limitIn(text) ?? text.length;
      return Math.max(visibleEnd(text.slice(0, end), start), start + 1);
    },
  };
}
