import { withoutFilter } from '../lib/search/query.ts';
import { readFilters } from './filters.ts';
import type { ListView } from './history.ts';

export type FilterView = ReturnType<typeof filterView>;

/** The filters of the history: each with the address that leaves it out, and what only the search can do. */
export function filterView(path: string, { query = '', kind }: Pick<ListView, 'query' | 'kind'>) {
  const { filters, rest } = readFilters(query);
  const url = (text: string) =>
    `${path}?${new URLSearchParams({ ...(kind ? { kind } : {}), ...(text ? { q: text } : {}) }).toString()}`;
  return {
    action: path,
    query,
    kind: kind ?? null,
    chips: filters.map((filter) => ({ text: filter.text, url: url(withoutFilter(query, filter)) })),
    rest,
    searchUrl: `/search?${new URLSearchParams({ q: query }).toString()}`,
  };
}
