import { parseQuery, withoutFilter, type Filter } from '../lib/search/query.ts';
import { spanOf, type Span } from '../lib/search/span.ts';
import type { Calendar } from '../lib/time.ts';

/** What an entry must have. */
export type HistoryFilters = Span & {
  /** Parts of the name of the model, in small letters. */
  models: string[];
  hasImage: boolean;
  hasFile: boolean;
};

/** An entry is a question with its answer, so there is nothing to choose by role; the trash has no history. */
const KNOWN: readonly Filter['name'][] = ['model', 'before', 'after', 'has'];

/** The filters of a typed query that narrow the history; `rest`: what only the search knows. */
export function readFilters(typed: string): { filters: Filter[]; rest: string } {
  const filters = parseQuery(typed).filters.filter(({ name }) => KNOWN.includes(name));
  return { filters, rest: filters.reduce((text, filter) => withoutFilter(text, filter), typed).trim() };
}

/** Undefined: every entry is wanted. */
export function historyFilters(typed: string, zone: string, calendar: Calendar): HistoryFilters | undefined {
  const { filters } = readFilters(typed);
  if (filters.length === 0) return undefined;
  const valuesOf = (name: Filter['name']) =>
    filters.filter((filter) => filter.name === name).map(({ value }) => value);
  return {
    ...spanOf(filters, zone, calendar),
    models: valuesOf('model').map((value) => value.toLowerCase()),
    hasImage: valuesOf('has').includes('image'),
    hasFile: valuesOf('has').includes('file'),
  };
}
