const OPENING = '<think>';
const CLOSING = '</think>';

/** A part of what the model sent. */
export type Part = { kind: 'text' | 'thinking'; text: string };

/**
 * Tells the thinking that some models write into the answer itself, as `<think>…</think>` at its very beginning, from
 * the answer. The marks may be split over any pieces; the blank lines around them go. A later `<think>` is text.
 */
export function createThinkBlock() {
  let state: 'start' | 'inside' | 'after' | 'text' = 'start';
  let held = '';

  /** What is given is not held any more, also when whoever takes it throws. */
  function* advance(isEnd: boolean): Generator<Part> {
    if (state === 'start') {
      const begun = held.trimStart();
      if (!isEnd && OPENING.startsWith(begun)) return;
      if (begun.startsWith(OPENING)) {
        state = 'inside';
        held = begun.slice(OPENING.length);
      } else state = 'text';
    }
    if (state === 'inside') {
      const at = held.indexOf(CLOSING);
      const certain = at >= 0 ? at : isEnd ? held.length : held.length - beginningAtEnd(held);
      const thought = held.slice(0, certain);
      held = held.slice(at >= 0 ? at + CLOSING.length : certain);
      if (at >= 0) state = 'after';
      if (thought !== '') yield { kind: 'thinking', text: thought };
    }
    if (state === 'after') {
      held = held.trimStart();
      if (held !== '') state = 'text';
    }
    if (state === 'text' && held !== '') {
      const text = held;
      held = '';
      yield { kind: 'text', text };
    }
  }

  return {
    /** What comes from here on is text, and need not come through here. */
    isOver: () => state === 'text' && held === '',
    /** What is certain now. */
    accept(piece: string): Iterable<Part> {
      held += piece;
      return advance(false);
    },
    /** The answer ended: what was held back. */
    end: (): Iterable<Part> => advance(true),
    /** The server tells thinking apart by itself: what comes is text, whatever it looks like. */
    *skip(): Generator<Part> {
      if (state === 'text') return;
      state = 'text';
      yield* advance(true);
    },
  };
}

/** How much of the end of a text may be the beginning of the closing mark. */
function beginningAtEnd(text: string): number {
  for (let length = Math.min(CLOSING.length - 1, text.length); length > 0; length -= 1)
    if (CLOSING.startsWith(text.slice(-length))) return length;
  return 0;
}
