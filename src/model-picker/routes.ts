import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { isId } from '../lib/ids.ts';
import type { Formats } from '../lib/formats.ts';
import { userOf, wantsPage } from '../web/context.ts';
import { optionalFlag, optionalText, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { ListedModel, ModelPicker } from './model-picker.ts';
import { factViews, modelJson, searchModels, type FactView } from './views.ts';

const PAGE_SIZE = 50;
const MAX_NAME = 200;
const MAX_QUERY = 200;

const marking = z.object({
  model: z.string().min(1).max(MAX_NAME),
  favourite: optionalFlag,
  q: optionalText(MAX_QUERY),
  page: optionalText(20),
  conversation: optionalText(100),
});

const own: Policy = { who: 'user', scope: 'chat' };

declare module '../web/page.ts' {
  interface Views {
    'model-picker/models': {
      query: string;
      page: number;
      /** The conversation that a model is chosen for; without one it is a new one. */
      conversationId: string | null;
      models: ModelLine[];
      count: number;
      previousUrl: string | null;
      nextUrl: string | null;
    };
  }
}

type ModelLine = { name: string; label: string; isDefault: boolean; isFavourite: boolean; facts: FactView[] };
type Place = { q?: string | undefined; page?: string | undefined; conversation?: string | undefined };
type Deps = { modelPicker: ModelPicker; pages: Pages; formats: Formats };

/** The models to choose from, as a page and as JSON, and which ones a person has marked. */
export function modelPickerRoutes({ modelPicker, pages, formats }: Deps): Routes {
  const routes = createRoutes();

  const lineOf = (req: Request, { choice, facts, isFavourite }: ListedModel): ModelLine => {
    const { name, label, isDefault } = choice;
    // A day is the same one everywhere.
    const writeDay = (day: string) => formats.date(req.language, 'UTC', 'day').format(Date.parse(day));
    return { name, label, isDefault, isFavourite, facts: factViews(facts, req.t, writeDay) };
  };

  async function draw(req: Request, res: Response): Promise<void> {
    const query = textOf(req.query, 'q')?.slice(0, MAX_QUERY) ?? '';
    const asked = textOf(req.query, 'conversation');
    const conversation = asked !== undefined && isId(asked) ? asked : undefined;
    const found = searchModels((await modelPicker.catalogue(userOf(req).id)).models, query);
    const pageCount = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
    const page = Math.min(pageCount, Math.max(1, Math.floor(Number(textOf(req.query, 'page') ?? 1)) || 1));
    const at = (other: number) => urlOf({ q: query, page: String(other), conversation });
    const data = {
      query,
      page,
      conversationId: conversation ?? null,
      models: found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map((model) => lineOf(req, model)),
      count: found.length,
      previousUrl: page > 1 ? at(page - 1) : null,
      nextUrl: page < pageCount ? at(page + 1) : null,
    };
    await pages.send(req, res, 'model-picker/models', data, {
      title: req.t('picker.title'),
      section: 'chat',
    });
  }

  async function sendJson(req: Request, res: Response): Promise<void> {
    const { models, favourites, recent } = await modelPicker.catalogue(userOf(req).id);
    const body = JSON.stringify({ models: models.map(modelJson), favourites, recent });
    res.setHeader('ETag', `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`);
    res.setHeader('Cache-Control', 'private, no-cache');
    if (req.fresh) return void res.status(304).end();
    res.type('json').send(body);
  }

  routes.get('/models', own, (req, res) => (wantsPage(req) ? draw(req, res) : sendJson(req, res)));

  routes.post('/settings/models/favourite', own, async (req, res) => {
    const { model, favourite = true, ...place } = parse(marking, req.body);
    await modelPicker.mark(userOf(req).id, model, favourite);
    if (wantsPage(req)) return res.redirect(303, urlOf(place));
    res.json({ model, favourite });
  });

  return routes;
}

/** The page of models at the place where somebody is. */
function urlOf({ q, page, conversation }: Place): string {
  const fields = Object.entries({ q, page: page === '1' ? '' : page, conversation });
  const named = fields.filter((field): field is [string, string] => Boolean(field[1]));
  const query = new URLSearchParams(named).toString();
  return query === '' ? '/models' : `/models?${query}`;
}
