import { isAscii, wordsOf } from './terms.ts';

/** Of a longer text so many UTF-16 units are found by search: a book of 300 pages. */
const MAX_INDEXED = 1_000_000;
/**
 * So many words are indexed at once, in some 10 ms, or so many characters without spaces, of which each is two terms, and
 * most of them rare; and so many UTF-16 units. What goes on after that is a part of its own.
 */
const MAX_WORDS = 20_000;
const MAX_CHARACTERS = 5000;
const MAX_UNITS = 100_000;
/**
 * Parts overlap by so much, for a phrase that stands where one ends: so many words in so many UTF-16 units at most, or so
 * many characters without spaces.
 */
const COMMON_WORDS = 8;
const COMMON_UNITS = 400;
const COMMON_CHARACTERS = 20;

/** A part of a text, in UTF-16 units; `next`: where the part after it begins, undefined behind the last one. */
export type TextPart = { end: number; next: number | undefined };

/**
 * The part of a text that begins at `start`. Usual texts have one; a long one, or one whose script has no spaces, has
 * several, so that no step of indexing takes long.
 */
export function partAt(text: string, start: number): TextPart {
  const last = Math.min(text.length, MAX_INDEXED);
  if (last - start <= MAX_CHARACTERS) return { end: last, next: undefined };
  // Words of one letter, with a space behind each, would be that many.
  if (last - start <= 2 * MAX_WORDS && isAscii(text.slice(start, last)))
    return { end: last, next: undefined };
  const limit = Math.min(last, start + MAX_UNITS);
  const cut = cutAt(text.slice(start, limit));
  if (!cut && limit === last) return { end: last, next: undefined };
  return cut ? { end: start + cut.end, next: start + cut.next } : { end: limit, next: limit };
}

/** Where there becomes too much to index; undefined when it does not. */
function cutAt(text: string): { end: number; next: number } | undefined {
  let room = 1;
  const starts: number[] = [];
  for (const { start, end, isUnspaced } of wordsOf(text)) {
    const share = isUnspaced ? (end - start) / MAX_CHARACTERS : 1 / MAX_WORDS;
    if (share > room) {
      if (!isUnspaced) return { end: start, next: overlapFrom(starts, start) };
      const inside = wholeCharacter(text, start + Math.floor(room * MAX_CHARACTERS));
      return { end: inside, next: wholeCharacter(text, Math.max(start, inside - COMMON_CHARACTERS)) };
    }
    room -= share;
    starts.push(start);
  }
  return undefined;
}

/** The beginning of the words that a part has in common with the one that ends at `end`. */
const overlapFrom = (starts: readonly number[], end: number): number =>
  starts.slice(-COMMON_WORDS).find((start) => start >= end - COMMON_UNITS) ?? end;

/** Not between the two halves of a character. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
