import { wordsOf, type Word } from '../../lib/search/terms.ts';
import { escapeHtml, withoutMarks } from '../../lib/text.ts';
import type { Wanted } from './match.ts';

const BEFORE_HIT = 70;
const LENGTH = 220;
/** Around a hit in Markdown, from which the marks are taken then. */
const RAW_BEFORE = 160;
const RAW_LENGTH = 700;
/** As far as a text is indexed, in UTF-16 units. */
const MAX_READ = 1_000_000;
const MAX_HITS = 40;

/** A place in a text, in UTF-16 units. */
type Found = { start: number; end: number; word: number };

/**
 * The passage of a text that has most of what was looked for, as one line of escaped HTML with `<mark>` around each
 * word that was found; without any, the beginning of the text.
 */
export function markedExcerpt(text: string, wanted: readonly Wanted[]): string {
  const at = densest(findWanted(text.slice(0, MAX_READ), wanted, MAX_HITS));
  const rawStart = Math.max(0, at - RAW_BEFORE);
  const passage = withoutMarks(text.slice(rawStart, rawStart + RAW_LENGTH)).replace(/\s+/g, ' ');
  const found = findWanted(passage, wanted, Infinity);
  const hit = densest(found);
  const start = hit > BEFORE_HIT ? wordStart(passage, hit - BEFORE_HIT, hit) : 0;
  const end = passage.length > start + LENGTH ? wordEnd(passage, start + LENGTH) : passage.length;
  const isCutBefore = start > 0 || rawStart > 0;
  const isCutAfter = end < passage.length || rawStart + RAW_LENGTH < text.length;
  const marked = mark(
    passage,
    found.filter((one) => one.start >= start && one.end <= end),
    { start, end },
  );
  return `${isCutBefore ? '… ' : ''}${marked.trim()}${isCutAfter ? ' …' : ''}`;
}

/** How often what was looked for stands in a text, as far as it is read. */
export const countPlaces = (text: string, wanted: readonly Wanted[]): number =>
  findWanted(text.slice(0, MAX_READ), wanted, Infinity).length;

/** Where in a text what was looked for stands, at most so often. */
function findWanted(text: string, wanted: readonly Wanted[], limit: number): Found[] {
  const found: Found[] = [];
  for (const word of wordsOf(text)) {
    for (const [index, one] of wanted.entries()) found.push(...placesIn(word, one, index));
    if (found.length >= limit) break;
  }
  return found;
}

function placesIn(
  word: Word,
  { word: { text, terms, isUnspaced, isWhole }, others }: Wanted,
  index: number,
): Found[] {
  if (word.isUnspaced !== isUnspaced) return [];
  if (!isUnspaced) {
    const isBeginning = !isWhole && word.text.startsWith(terms.at(-1) ?? text);
    const isFound = isBeginning || terms.includes(word.text) || others.includes(word.text);
    return isFound ? [{ start: word.start, end: word.end, word: index }] : [];
  }
  const offset = word.text.indexOf(text);
  if (offset < 0) return [];
  // Unless bringing the characters into one form has moved them.
  const isMoved = word.text.length !== word.end - word.start;
  const start = isMoved ? word.start : word.start + offset;
  return [{ start, end: isMoved ? word.end : start + text.length, word: index }];
}

/** The place from which on most different words of the query follow within one excerpt; 0 when there are none. */
function densest(found: readonly Found[]): number {
  let best = { start: 0, words: 0 };
  for (const { start } of found) {
    const near = found.filter((one) => one.start >= start && one.end <= start + LENGTH - BEFORE_HIT);
    const words = new Set(near.map(({ word }) => word)).size;
    if (words > best.words) best = { start, words };
  }
  return best.start;
}

function wordStart(text: string, from: number, until: number): number {
  const space = text.indexOf(' ', from);
  return space >= 0 && space < until ? space + 1 : from;
}

function wordEnd(text: string, at: number): number {
  const space = text.lastIndexOf(' ', at);
  return space > at - 40 ? space : at;
}

function mark(text: string, found: readonly Found[], { start, end }: { start: number; end: number }): string {
  let html = '';
  let done = start;
  for (const one of found) {
    if (one.start < done) continue;
    html += `${escapeHtml(text.slice(done, one.start))}<mark>${escapeHtml(text.slice(one.start, one.end))}</mark>`;
    done = one.end;
  }
  return html + escapeHtml(text.slice(done, end));
}
