import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { AppError, notFound } from '../lib/errors.ts';
import type { DefaultModel, Models, NamedLesson } from '../provider/models/models.ts';
import type { CheckResult } from '../provider/self-test/self-test.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, wantsPage } from '../web/context.ts';
import { successNotice } from '../web/form-errors.ts';
import { parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { adminModelSettingsRoutes } from './model-settings-routes.ts';
import {
  defaultJson,
  defaultLine,
  findModels,
  lessonJson,
  modelJson,
  pageUrl,
  type ModelLine,
} from './models-views.ts';
import { adminTabs } from './nav.ts';

const MAX_QUERY = 200;

const admin: Policy = { who: 'admin' };
const adminPage: Policy = { ...admin, format: 'page' };

const forgetting = z.object({
  provider_id: z.string().max(100),
  model: z.string().max(1000),
  field: z.string().max(100),
});

declare module '../web/page.ts' {
  interface Views {
    'admin/models': {
      adminNav: Tab[];
      server: string;
      warnings: string[];
      query: string;
      /** Of all that were found, a page. */
      models: ModelLine[];
      count: number;
      previousUrl: string | null;
      nextUrl: string | null;
      defaults: (DefaultModel & { url: string | null })[];
      lessons: NamedLesson[];
      /** Nothing before a test. */
      results: CheckResult[];
      canTest: boolean;
    };
  }
}

type Deps = { models: Models; audit: Pick<Audit, 'record'>; pages: Pages };

/** Which models there are, and what their servers refused and are no longer sent. */
export function adminModelsRoutes({ models, audit, pages }: Deps): Routes {
  const routes = createRoutes();
  routes.include(adminModelSettingsRoutes({ models, audit, pages }));

  async function draw(req: Request, res: Response, results: CheckResult[] = []): Promise<void> {
    const query = textOf(req.query, 'q')?.slice(0, MAX_QUERY) ?? '';
    const { lines, count, page, pages: pageCount } = findModels(models, query, textOf(req.query, 'page'));
    const data = {
      adminNav: adminTabs(req.t, 'models'),
      server: models.connection().name,
      warnings: models.warnings().map(({ key, params }) => req.t(key, params)),
      query,
      models: lines,
      count,
      previousUrl: page > 1 ? pageUrl(query, page - 1) : null,
      nextUrl: page < pageCount ? pageUrl(query, page + 1) : null,
      defaults: (['chat', 'image'] as const).map((kind) => defaultLine(models, kind)),
      lessons: await models.lessons(),
      results,
      canTest: models.connection().kind === 'server',
    };
    await pages.send(req, res, 'admin/models', data, {
      title: req.t('models.title'),
      section: 'admin',
      notice: noticeOf(req),
    });
  }

  routes.get('/admin/models', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    res.json({
      models: models.list().models.map((model) => modelJson(models, model)),
      defaults: Object.fromEntries(
        (['chat', 'image'] as const).map((kind) => [kind, defaultJson(models.defaultOf(kind))]),
      ),
      learned: (await models.lessons()).map(lessonJson),
    });
  });

  routes.post('/admin/models/test', { ...admin, paid: true }, async (req, res) => {
    // Who goes away has the rest left untried.
    const gone = new AbortController();
    res.once('close', () => gone.abort(new AppError('stopped')));
    const results = await models.test(gone.signal);
    await audit.record({
      ...auditActorOf(req),
      action: 'model.test',
      object: { kind: 'server', id: models.connection().name },
      outcome: 'done',
    });
    if (wantsPage(req)) return draw(req, res, results);
    res.json({ results });
  });

  routes.post('/admin/models/forget', admin, async (req, res) => {
    const { provider_id: providerId, model, field } = parse(forgetting, req.body);
    if (!(await models.forgetLesson({ providerId, model, field }))) throw notFound();
    await audit.record({
      ...auditActorOf(req),
      action: 'model.forget',
      object: { kind: 'model', id: model },
      outcome: 'done',
      details: { field },
    });
    if (wantsPage(req)) return res.redirect(303, '/admin/models?forgotten=1');
    res.status(204).end();
  });

  return routes;
}

/** What happened, by the name in the URL that a form leads to. */
const notices = [
  ['forgotten', 'models.forgotten'],
  ['model_saved', 'models.model_saved'],
  ['default_saved', 'models.default_saved'],
] as const;

function noticeOf(req: Request) {
  const [, key] = notices.find(([name]) => textOf(req.query, name) === '1') ?? [];
  return successNotice(req, key);
}
