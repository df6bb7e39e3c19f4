import type { Request } from 'express';
import { notFound } from '../../../lib/errors.ts';
import { isId } from '../../../lib/ids.ts';
import { userOf, wantsPage } from '../../../web/context.ts';
import type { Pages } from '../../../web/page.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { param, textOf } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import { comparisonJson, comparisonView, type ComparisonView } from './views.ts';

declare module '../../../web/page.ts' {
  interface Views {
    'chat/comparison/page': { comparison: ComparisonView };
  }
}

/** `GET /conversations/:id/compare?one=&other=`: two versions of a message side by side. */
export function comparisonRoutes({ chat, pages }: { chat: Chat; pages: Pages }): Routes {
  const routes = createRoutes();

  routes.get('/conversations/:id/compare', { who: 'user', scope: 'chat' }, async (req, res) => {
    const oneId = idIn(req, 'one');
    if (oneId === undefined) throw notFound();
    const found = await chat.compare(userOf(req), param(req, 'id'), { oneId, otherId: idIn(req, 'other') });
    if (!wantsPage(req)) return void res.json(comparisonJson(found, req.t));
    const comparison = comparisonView(found, req.t);
    const title = req.t('comparison.title_of', { title: comparison.title });
    await pages.send(req, res, 'chat/comparison/page', { comparison }, { title, section: 'chat' });
  });

  return routes;
}

/** @throws AppError `not_found` for what is no id */
function idIn(req: Request, name: string): string | undefined {
  const id = textOf(req.query, name);
  if (id === undefined || id === '') return undefined;
  if (!isId(id)) throw notFound();
  return id;
}
