import { parseQuery, withoutFilter, type Filter } from '../lib/search/query.ts';
import type { Calendar } from '../lib/time.ts';

/** What an entry must have. Times are milliseconds since 1970: from, and up to but not with. */
export type HistoryFilters = {
  from: number;
  before: number;
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

/** Days, months and years begin where the person is. Undefined: every entry is wanted. */
export function historyFilters(typed: string, zone: string, calendar: Calendar): HistoryFilters | undefined {
  const { filters } = readFilters(typed);
  if (filters.length === 0) return undefined;
  const valuesOf = (name: Filter['name']) =>
    filters.filter((filter) => filter.name === name).map(({ value }) => value);
  const startsOf = (name: Filter['name']) =>
    valuesOf(name).flatMap((value) => calendar.dayRange(zone, firstDay(value))?.start ?? []);
  return {
    from: Math.max(0, ...startsOf('after')),
    before: Math.min(Number.MAX_SAFE_INTEGER, ...startsOf('before')),
    models: valuesOf('model').map((value) => value.toLowerCase()),
    hasImage: valuesOf('has').includes('image'),
    hasFile: valuesOf('has').includes('file'),
  };
}

/** The first day of a year, a month or a day, such as `2026-3`, as a date. */
function firstDay(value: string): string {
  const [year = '', month = '1', day = '1'] = value.split('-');
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
