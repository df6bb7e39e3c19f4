import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { AppError, notFound } from '../lib/errors.ts';
import { iso } from '../lib/time.ts';
import type { Models, NamedLesson } from '../provider/models/models.ts';
import type { CheckResult } from '../provider/self-test/self-test.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, wantsPage } from '../web/context.ts';
import { successNotice } from '../web/form-errors.ts';
import { parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { adminTabs } from './nav.ts';

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
      models: { name: string; kind: string; shutdownDate: string | null }[];
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

  async function draw(req: Request, res: Response, results: CheckResult[] = []): Promise<void> {
    const { models: listed, warnings } = models.list();
    const data = {
      adminNav: adminTabs(req.t, 'models'),
      server: models.connection().name,
      warnings: warnings.map(({ key, params }) => req.t(key, params)),
      models: listed
        .map(({ name, kind, shutdownDate }) => ({ name, kind, shutdownDate: shutdownDate ?? null }))
        .sort((one, other) => one.kind.localeCompare(other.kind) || one.name.localeCompare(other.name)),
      lessons: await models.lessons(),
      results,
      canTest: models.connection().kind === 'server',
    };
    const isForgotten = textOf(req.query, 'forgotten') === '1';
    await pages.send(req, res, 'admin/models', data, {
      title: req.t('models.title'),
      section: 'admin',
      notice: successNotice(req, isForgotten ? 'models.forgotten' : undefined),
    });
  }

  routes.get('/admin/models', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    const list = models.list().models;
    res.json({
      models: list.map(({ name, kind, shutdownDate }) => ({
        name,
        kind,
        shutdown_date: shutdownDate ?? null,
      })),
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

function lessonJson({ server, providerId, model, field, instead, words, learnedAt }: NamedLesson) {
  return {
    server,
    provider_id: providerId,
    model,
    field,
    instead: instead ?? null,
    words,
    learned_at: iso(learnedAt),
  };
}
