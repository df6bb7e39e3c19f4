import { isDate } from '../time.ts';
import { phraseOf, wordsOf } from './terms.ts';

export type FilterName = 'model' | 'before' | 'after' | 'has' | 'role' | 'in';
/** `text`: as it was typed. */
export type Filter = { name: FilterName; value: string; text: string };
/**
 * What has to be found: terms that stand one after the other. `isWhole`: in quotation marks, or not the last word, so that
 * it is not just the beginning of one. `isUnspaced`: of a script without spaces, in which any part of a text is a word.
 */
export type QueryWord = {
  text: string;
  terms: string[];
  isWhole: boolean;
  isQuoted: boolean;
  isUnspaced: boolean;
};
export type SearchQuery = { words: QueryWord[]; filters: Filter[] };

const MAX_QUERY = 400;
const MAX_WORDS = 12;
const MAX_FILTERS = 8;
/** A filter, a phrase in quotation marks, or a word. */
const PART = /(model|before|after|has|role|in):(?:"([^"]*)"|(\S+))|"([^"]*)"?|(\S+)/giu;
const VALUES: Partial<Record<FilterName, readonly string[]>> = {
  has: ['image', 'file'],
  role: ['user', 'assistant'],
  in: ['trash', 'archive'],
};

/** Reads what somebody typed. A filter that there is not, or with a value that there is not, is taken for words. */
export function parseQuery(typed: string): SearchQuery {
  const words: QueryWord[] = [];
  const filters: Filter[] = [];
  for (const [text, name, quotedValue, value, quoted, word] of typed.slice(0, MAX_QUERY).matchAll(PART)) {
    const filter = name === undefined ? undefined : toFilter(name, quotedValue ?? value ?? '', text);
    if (filter) filters.push(filter);
    else if (quoted === undefined) words.push(...looseWords(word ?? text));
    else words.push(...phrase(quoted));
  }
  const last = words.at(-1);
  if (last && !last.isQuoted && /[\p{L}\p{N}]$/u.test(typed)) last.isWhole = false;
  return { words: words.slice(0, MAX_WORDS), filters: filters.slice(0, MAX_FILTERS) };
}

/** The first day of a day, month or year, such as `2026-3`, as `YYYY-MM-DD`; undefined for what is no date. */
export function firstDayOf(value: string): string | undefined {
  const [, year, month = '1', day = '1'] = /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(value) ?? [];
  if (year === undefined) return undefined;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDate(date) ? date : undefined;
}

/** The same query without one of its filters, as text. */
export function withoutFilter(typed: string, filter: Filter): string {
  return typed.replace(filter.text, ' ').replace(/\s+/g, ' ').trim();
}

function toFilter(name: string, value: string, text: string): Filter | undefined {
  const known = name.toLowerCase() as FilterName;
  const isKnown = isDateFilter(known)
    ? firstDayOf(value) !== undefined
    : (VALUES[known]?.includes(value.toLowerCase()) ?? value !== '');
  return isKnown ? { name: known, value: known === 'model' ? value : value.toLowerCase(), text } : undefined;
}

const isDateFilter = (name: FilterName) => name === 'before' || name === 'after';

/** What stands without spaces between, such as `e-mail`, is one phrase; each part in another script one of its own. */
function looseWords(text: string): QueryWord[] {
  const words: QueryWord[] = [];
  for (const word of wordsOf(text)) {
    const last = words.at(-1);
    if (last && !last.isUnspaced && !word.isUnspaced) last.terms.push(word.text);
    else
      words.push({
        text,
        terms: phraseOf(word),
        isWhole: true,
        isQuoted: false,
        isUnspaced: word.isUnspaced,
      });
    const added = words.at(-1);
    if (added?.isUnspaced) added.text = word.text;
  }
  return words;
}

function phrase(text: string): QueryWord[] {
  const all = [...wordsOf(text)];
  if (all.length === 0) return [];
  // Terms of different scripts do not stand one after the other in the index: each word by itself then.
  if (all.some(({ isUnspaced }) => isUnspaced))
    return looseWords(text).map((word) => ({ ...word, isQuoted: true }));
  const terms = all.map((word) => word.text);
  return [{ text: `"${text}"`, terms, isWhole: true, isQuoted: true, isUnspaced: false }];
}
