import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { isAppError, type AppError } from '../lib/errors.ts';
import type { Models } from '../provider/models/models.ts';
import { money, priceJson, type ModelPrice, type Usage } from '../usage/usage.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage } from '../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../web/form-errors.ts';
import { parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { adminTabs } from './nav.ts';

const MICROS = 1_000_000;
/** Dollars for a million tokens, or for an image: no model costs as much, and the sums stay exact. */
const MAX_DOLLARS = 10_000;
/** Models that were called so long ago are listed, whether the server still offers them or not. */
const SEEN_MS = 31 * 24 * 60 * 60_000;

/** A text such as `0.15` (also `0,15`), or a number, in dollars. @returns millionths */
const dollars = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value.trim() === ''
        ? undefined
        : Number(value.trim().replace(',', '.'))
      : value,
  z
    .number()
    .refine((value) => value >= 0 && value <= MAX_DOLLARS, { message: 'limit_range' })
    .default(0)
    .transform((value) => Math.round(value * MICROS)),
);
const version = z.preprocess(
  (value) => (typeof value === 'string' && value !== '' ? Number(value) : value),
  z.number().int().min(0),
);
const priceInput = z.object({
  model: z.string().max(1000),
  prompt_usd_per_million: dollars,
  completion_usd_per_million: dollars,
  image_usd: dollars,
  version,
});

const admin: Policy = { who: 'admin' };
const adminPage: Policy = { ...admin, format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'admin/prices': FormFaults & {
      adminNav: Tab[];
      prices: PriceLine[];
      form: Record<'model' | 'version' | 'image_usd', string> &
        Record<'prompt_usd_per_million' | 'completion_usd_per_million', string>;
    };
  }
}

/** A model's price as the page shows it; `url` leads to the form with it. */
type PriceLine = Pick<ModelPrice, 'model' | 'source'> &
  Record<'prompt' | 'completion' | 'image' | 'url', string>;
type Deps = { usage: Usage; models: Models; audit: Pick<Audit, 'record'>; pages: Pages; now: () => number };

/** What each model costs; a changed price counts for calls that end from then on. */
export function adminPricesRoutes({ usage, models, audit, pages, now }: Deps): Routes {
  const routes = createRoutes();
  const { prices, reports } = usage;

  async function list(): Promise<ModelPrice[]> {
    const { models: listed, defaultChat, defaultImage } = models.list();
    const named = listed.filter(({ kind }) => kind !== 'other').map(({ name }) => name);
    const offered = [defaultChat, defaultImage, ...named].filter((name) => name !== undefined);
    const called = await reports.models({ from: now() - SEEN_MS, to: now() + 1 });
    return prices.list([...offered, ...called]);
  }

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const asked = (failed ? req.body : req.query) as Record<string, unknown>;
    const model = textOf(asked, 'model') ?? '';
    const known = priceJson(prices.find(model));
    const typed = (name: keyof typeof known) =>
      (failed ? textOf(asked, name) : undefined) ?? String(known[name]);
    const data = {
      adminNav: adminTabs(req.t, 'usage'),
      prices: (await list()).map((price) => ({
        model: price.model,
        prompt: money(req.language, price.promptMicrosPerMillion),
        completion: money(req.language, price.completionMicrosPerMillion),
        image: money(req.language, price.imageMicros),
        source: price.source,
        url: `/admin/usage/prices?${new URLSearchParams({ model: price.model }).toString()}#price`,
      })),
      form: {
        model,
        prompt_usd_per_million: typed('prompt_usd_per_million'),
        completion_usd_per_million: typed('completion_usd_per_million'),
        image_usd: typed('image_usd'),
        // What was seen, not what is stored by now: else a second try would overwrite what somebody else has saved.
        version: typed('version'),
      },
      ...formErrors(req, failed),
    };
    const isSaved = !failed && textOf(req.query, 'saved') === '1';
    await pages.send(req, res, 'admin/prices', data, {
      title: req.t('usage.prices_title'),
      section: 'admin',
      status: failed?.status ?? 200,
      notice: successNotice(req, isSaved ? 'usage.price_saved' : undefined),
    });
  }

  async function change(req: Request): Promise<ModelPrice> {
    const input = parse(priceInput, req.body);
    const before = priceJson(prices.find(input.model));
    const price = await prices.change(userOf(req), {
      model: input.model,
      version: input.version,
      promptMicrosPerMillion: input.prompt_usd_per_million,
      completionMicrosPerMillion: input.completion_usd_per_million,
      imageMicros: input.image_usd,
    });
    const after = priceJson(price);
    await audit.record({
      ...auditActorOf(req),
      action: 'price.change',
      object: { kind: 'model', id: price.model },
      outcome: 'done',
      details: {
        prompt: `${before.prompt_usd_per_million} > ${after.prompt_usd_per_million}`,
        completion: `${before.completion_usd_per_million} > ${after.completion_usd_per_million}`,
        image: `${before.image_usd} > ${after.image_usd}`,
      },
    });
    return price;
  }

  const changing = async (req: Request, res: Response) => {
    try {
      const price = await change(req);
      if (wantsPage(req)) return res.redirect(303, '/admin/usage/prices?saved=1');
      res.json(priceJson(price));
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await draw(req, res, error);
    }
  };

  routes.get('/admin/usage/prices', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    res.json({ prices: (await list()).map(priceJson) });
  });
  routes.post('/admin/usage/prices', admin, changing);
  routes.put('/admin/usage/prices', admin, changing);

  return routes;
}
