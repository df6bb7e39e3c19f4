import type { Calendar } from '../time.ts';
import { firstDayOf, type Filter, type FilterName } from './query.ts';

/** Times in milliseconds since 1970: from, and up to but not with. */
export type Span = { from: number; before: number };

/**
 * The time that the filters `after:` and `before:` leave. A day, a month and a year begin in the time zone of the person,
 * wherever they are typed: in the search, in one conversation, in the history.
 */
export function spanOf(filters: readonly Filter[], zone: string, calendar: Calendar): Span {
  const startsOf = (name: FilterName) =>
    filters
      .filter((filter) => filter.name === name)
      .flatMap(({ value }) => firstDayOf(value) ?? [])
      .map((date) => calendar.startOfDay(zone, date));
  return {
    from: Math.max(0, ...startsOf('after')),
    before: Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, ...startsOf('before'))),
  };
}
