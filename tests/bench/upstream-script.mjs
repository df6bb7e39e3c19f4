import { textOf } from './texts.mjs';

const BYTES_PER_KB = 1000;

/**
 * The pieces that an answer consists of, as the prompt wishes: a text of texts.mjs (`text`, `kb`) in pieces of `piece`
 * characters, or words that only carry marks. A text ends with a mark too, in a paragraph of its own, so that a reader
 * can tell how long after it the answer ended there. @returns `{ count, pieceAt(i) }`, escaped for JSON
 */
export function scriptOf(wish, nextMark) {
  if (wish.text) return textScript(wish, nextMark);
  const padding = 'x'.repeat(wish.pad);
  return {
    count: wish.n,
    pieceAt(i) {
      const isNewParagraph = wish.para > 0 && i > 0 && i % wish.para === 0;
      return `${isNewParagraph ? '\\n\\n' : ''}${nextMark()} ${padding}`;
    },
  };
}

function textScript({ text, kb, piece }, nextMark) {
  const whole = textOf(text, kb * BYTES_PER_KB);
  const count = Math.ceil(whole.length / piece);
  return {
    count,
    pieceAt(i) {
      const escaped = JSON.stringify(whole.slice(i * piece, (i + 1) * piece)).slice(1, -1);
      return i === count - 1 ? `${escaped}\\n\\n${nextMark()}` : escaped;
    },
  };
}
