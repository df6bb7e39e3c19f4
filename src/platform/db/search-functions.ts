import type Sqlite from 'better-sqlite3';
import { spreadOf } from '../../lib/search/spread.ts';
import { termsOf } from '../../lib/search/terms.ts';
import { vocabularyOf } from '../../lib/search/vocabulary.ts';

/** Of a longer text so many UTF-16 units are found by search: a book of 30 pages. Takes some 10 ms. */
const MAX_INDEXED = 100_000;

const asText = (value: unknown) => (typeof value === 'string' ? value.slice(0, MAX_INDEXED) : '');

/**
 * What the triggers of the search index call: `search_terms(text)` is what of a text is indexed, `search_vocabulary(text)`
 * its different words as JSON, `search_spread(text)` a number. Whatever writes messages, titles or images needs them.
 */
export function addSearchFunctions(raw: Sqlite.Database): void {
  const options = { deterministic: true };
  raw.function('search_terms', options, (text) => termsOf(asText(text)));
  raw.function('search_vocabulary', options, (text) => JSON.stringify(vocabularyOf(asText(text))));
  raw.function('search_spread', options, (text) => spreadOf(asText(text)));
}
