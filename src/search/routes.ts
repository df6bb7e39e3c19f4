import type { Request, Response } from 'express';
import { userOf, wantsPage } from '../web/context.ts';
import { kindsOf, requireAnyKind } from '../web/content-kinds.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { limitOf, textOf } from '../web/validation.ts';
import type { Search } from './search.ts';
import { filterViews, hitJson, hitView, widerViews, type FilterView, type HitView } from './views.ts';

const PAGE_SIZE = 20;

declare module '../web/page.ts' {
  interface Views {
    'search/index': {
      query: string;
      filters: FilterView[];
      hits: HitView[];
      /** Words that were looked for instead of others, in one sentence each. */
      corrections: string[];
      /** Searches that may find more, when this one found nothing. */
      wider: FilterView[];
      /** Such as "40 %", while what is older than the index is still being indexed. */
      unindexed: string | null;
      nextUrl: string | null;
      newestUrl: string | null;
    };
  }
}

/** A key must have been made for at least one of the kinds that are found. */
const own: Policy = { who: 'user' };

/** `GET /search?q=`: a page of hits, or the same as JSON. */
export function searchRoutes({ search, pages }: { search: Search; pages: Pages }): Routes {
  const routes = createRoutes();

  routes.get('/search', own, requireAnyKind, async (req: Request, res: Response) => {
    const text = (textOf(req.query, 'q') ?? '').trim();
    const cursor = textOf(req.query, 'cursor');
    const zone = userOf(req).timeZone ?? 'UTC';
    const input = { text, zone, kinds: kindsOf(req), limit: limitOf(req.query, PAGE_SIZE), cursor };
    const { hits, nextCursor, corrections } = await search.find(userOf(req), input);
    const remaining = search.remaining();
    if (!wantsPage(req)) {
      const more = { corrections, ...(remaining === undefined ? {} : { unindexed: remaining }) };
      return void res.json({ hits: hits.map(hitJson), next_cursor: nextCursor, ...more });
    }
    const data = {
      query: text,
      filters: filterViews(text),
      hits: hits.map((hit) => hitView(hit, req.t)),
      corrections: corrections.map(({ typed, used }) =>
        req.t('search.corrected', { typed, used: used.join(', ') }),
      ),
      wider: hits.length === 0 && nextCursor === null ? widerViews(text, req.t) : [],
      unindexed:
        remaining === undefined
          ? null
          : new Intl.NumberFormat(req.language, { style: 'percent' }).format(remaining),
      nextUrl: nextCursor && `/search?${new URLSearchParams({ q: text, cursor: nextCursor }).toString()}`,
      newestUrl: cursor === undefined ? null : `/search?${new URLSearchParams({ q: text }).toString()}`,
    };
    const title = text === '' ? req.t('search.title') : req.t('search.title_of', { query: text });
    await pages.send(req, res, 'search/index', data, { title });
  });

  return routes;
}
