import { termsOf } from '../../lib/search/terms.ts';
import type { Filter, QueryWord, SearchQuery } from '../../lib/search/query.ts';

/** A word of the query with the words that may stand for it: those it is the beginning of, or that it is meant to be. */
export type Wanted = { word: QueryWord; others: readonly string[] };
export type Place = 'anywhere' | 'archive' | 'trash';

const quote = (terms: readonly string[]) => `"${terms.join(' ')}"`;

/** The expression of SQLite's full-text search for a query; '' when nothing of it is for the index. */
export function matchOf(wanted: readonly Wanted[], filters: readonly Filter[]): string {
  const words = wanted.map(({ word, others }) => {
    const either = [quote(word.terms), ...others.map((other) => quote([other]))];
    return `({title text}: (${either.join(' OR ')}))`;
  });
  return [...words, ...filters.flatMap(filterMatch)].join(' AND ');
}

function filterMatch({ name, value }: Filter): string[] {
  if (name === 'has' || name === 'role') return [`(facets: "${name}${value}")`];
  const model = name === 'model' ? termsOf(value) : '';
  // The beginning of a name is enough: a model is called by many, with dates and sizes behind.
  return model === '' ? [] : [`(model: "${model}" *)`];
}

export function placeOf({ filters }: SearchQuery): Place {
  const place = filters.findLast(({ name }) => name === 'in')?.value;
  return place === 'trash' || place === 'archive' ? place : 'anywhere';
}
