import type Sqlite from 'better-sqlite3';
import { partAt } from '../../lib/search/parts.ts';
import { spreadOf } from '../../lib/search/spread.ts';
import { termsOf } from '../../lib/search/terms.ts';
import { vocabularyOf } from '../../lib/search/vocabulary.ts';

/** The words of so many UTF-16 units of a text can complete and correct what is typed. */
const MAX_VOCABULARY_UNITS = 100_000;

const asText = (value: unknown) => (typeof value === 'string' ? value : '');

/**
 * What the triggers of the search index call. `search_terms(text)` is what is indexed of the first part of a text,
 * `search_part(text, start)` the same of the part that begins at `start`, `search_next_part(text, start)` where the part
 * after it begins, or null; places are UTF-16 units. `search_vocabulary(text)` is its different words as JSON,
 * `search_spread(text)` a number. Whatever writes messages, titles or images needs them.
 */
export function addSearchFunctions(raw: Sqlite.Database): void {
  const options = { deterministic: true };
  const part = (value: unknown, from: unknown) => {
    const [text, start] = [asText(value), Number(from)];
    return termsOf(text.slice(start, partAt(text, start).end));
  };
  raw.function('search_terms', options, (text) => part(text, 0));
  raw.function('search_part', options, part);
  raw.function(
    'search_next_part',
    options,
    (text, start) => partAt(asText(text), Number(start)).next ?? null,
  );
  raw.function('search_vocabulary', options, (text) =>
    JSON.stringify(vocabularyOf(asText(text).slice(0, MAX_VOCABULARY_UNITS))),
  );
  raw.function('search_spread', options, (text) => spreadOf(asText(text)));
}
