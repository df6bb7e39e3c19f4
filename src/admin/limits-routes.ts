import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import type { Files } from '../files/files.ts';
import { isAppError, type AppError } from '../lib/errors.ts';
import {
  limitNames,
  MEGABYTE,
  storageJson,
  type LimitChange,
  type LimitName,
  type Usage,
} from '../usage/usage.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, userOf, wantsPage } from '../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../web/form-errors.ts';
import { param, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { adminTabs } from './nav.ts';

const names = Object.keys(limitNames) as LimitName[];
/** A number from JSON or a form; an empty field is none. */
const isWhole = (max: number) => (value: number) => Number.isInteger(value) && value >= 0 && value <= max;
const whole = z.preprocess(
  (value) => (typeof value === 'string' ? (value.trim() === '' ? NaN : Number(value)) : value),
  z.number().refine(isWhole(Number.MAX_SAFE_INTEGER), { message: 'limit_range' }),
);
const limitsInput = z.object(
  Object.fromEntries(
    names.flatMap((name) => [
      [name, whole.optional()],
      [`${name}_version`, whole.default(0)],
    ]),
  ) as Record<string, z.ZodType<number | undefined>>,
);
const MAX_MEGABYTES = 100_000_000;
const storageInput = z.object({
  storage_limit_mb: z.preprocess(
    (value) => (typeof value === 'string' ? (value.trim() === '' ? null : Number(value)) : value),
    z.number().refine(isWhole(MAX_MEGABYTES), { message: 'limit_range' }).nullable(),
  ),
});

const admin: Policy = { who: 'admin' };
const adminPage: Policy = { ...admin, format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'admin/limits': FormFaults & {
      adminNav: Tab[];
      limits: {
        name: LimitName;
        default: string;
        value: string;
        version: string;
        min: number;
        max: number;
      }[];
    };
  }
}

type Deps = { usage: Usage; files: Pick<Files, 'storage'>; audit: Pick<Audit, 'record'>; pages: Pages };

/** How much everybody may use, and how much room one person has. */
export function adminLimitsRoutes({ usage, files, audit, pages }: Deps): Routes {
  const routes = createRoutes();
  const { limits, storage } = usage;

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const typed = (name: string, stored: number) =>
      (failed ? textOf(req.body, name) : undefined) ?? String(stored);
    const data = {
      adminNav: adminTabs(req.t, 'limits'),
      limits: limits.list().map((limit) => ({
        ...limit,
        default: new Intl.NumberFormat(req.language).format(limit.default),
        value: typed(limit.name, limit.value),
        // What was seen: a second try with a stale form must fail again.
        version: typed(`${limit.name}_version`, limit.version),
        min: limitNames[limit.name].min,
        max: limitNames[limit.name].max,
      })),
      ...formErrors(req, failed),
    };
    const isSaved = !failed && textOf(req.query, 'saved') === '1';
    await pages.send(req, res, 'admin/limits', data, {
      title: req.t('usage.limits_title'),
      section: 'admin',
      status: failed?.status ?? 200,
      notice: successNotice(req, isSaved ? 'usage.limits_saved' : undefined),
    });
  }

  async function change(req: Request): Promise<void> {
    const input = parse(limitsInput, req.body);
    const changes = names.flatMap((name): LimitChange[] => {
      const value = input[name];
      return value === undefined ? [] : [{ name, value, version: input[`${name}_version`] ?? 0 }];
    });
    for (const { name, before, value } of await limits.change(userOf(req), changes))
      await audit.record({
        ...auditActorOf(req),
        action: 'limit.change',
        object: { kind: 'limit', id: name },
        outcome: 'done',
        details: { before, after: value },
      });
  }

  const json = () => ({ limits: limits.list() });
  const changing = async (req: Request, res: Response) => {
    try {
      await change(req);
      if (wantsPage(req)) return res.redirect(303, '/admin/limits?saved=1');
      res.json(json());
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await draw(req, res, error);
    }
  };

  routes.get('/admin/limits', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    res.json(json());
  });
  routes.post('/admin/limits', admin, changing);
  routes.patch('/admin/limits', admin, changing);

  routes.post('/admin/people/:id/storage', admin, async (req, res) => {
    const id = param(req, 'id');
    const { storage_limit_mb: megabytes } = parse(storageInput, req.body);
    await storage.setLimit(id, megabytes === null ? null : megabytes * MEGABYTE);
    await audit.record({
      ...auditActorOf(req),
      action: 'person.storage',
      object: { kind: 'person', id, name: await usage.reports.nameOf(id) },
      outcome: 'done',
      details: { megabytes: megabytes ?? 'default' },
    });
    if (wantsPage(req)) return res.redirect(303, `/admin/people/${id}`);
    res.json({ storage: storageJson(await files.storage(id)) });
  });

  return routes;
}
