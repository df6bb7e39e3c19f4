import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { isAppError, notFound, type AppError } from '../lib/errors.ts';
import type { DefaultModel, Models } from '../provider/models/models.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { wantsPage } from '../web/context.ts';
import { type FormFaults, formErrors } from '../web/form-errors.ts';
import { optionalFlag, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { defaultJson, modelJson } from './models-views.ts';
import { adminTabs } from './nav.ts';

const MAX_NAME = 200;
const MAX_LABEL = 100;
const MAX_POSITION = 9999;

/** Left out: stays as it is; blank or null: as the server has it. */
const label = z
  .string()
  .max(MAX_LABEL)
  .nullish()
  .transform((value) => (value?.trim() === '' ? null : value?.trim()));
const position = z.preprocess(
  (value) => (typeof value === 'string' ? (value.trim() === '' ? null : Number(value)) : value),
  z
    .number()
    .refine((value) => Number.isInteger(value) && value >= 1 && value <= MAX_POSITION, {
      message: 'count_range',
      params: { min: 1, max: MAX_POSITION },
    })
    .nullish(),
);
const settingChange = z.object({ model: z.string().max(MAX_NAME), label, position, hidden: optionalFlag });
const defaultChange = z.object({
  kind: z.enum(['chat', 'image']),
  model: z
    .string()
    .max(MAX_NAME)
    .nullish()
    .transform((value) => (value === '' || value === undefined ? null : value)),
});

const admin: Policy = { who: 'admin' };

declare module '../web/page.ts' {
  interface Views {
    'admin/model': FormFaults & {
      adminNav: Tab[];
      model: { name: string; kind: string };
      form: Record<'label' | 'position', string> & { hidden: boolean };
      /** Null for a model that neither chats nor makes images. */
      standard: DefaultModel | null;
    };
  }
}

type Deps = { models: Models; audit: Pick<Audit, 'record'>; pages: Pages };

/** How one model stands in the lists that people choose from, and which ones are the defaults. */
export function adminModelSettingsRoutes({ models, audit, pages }: Deps): Routes {
  const routes = createRoutes();

  const findModel = (name: string | undefined) => {
    const model = models.list().models.find((listed) => listed.name === name);
    if (!model) throw notFound();
    return model;
  };

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const asked = (failed ? req.body : req.query) as Record<string, unknown>;
    const model = findModel(textOf(asked, 'model'));
    const setting = models.settingOf(model);
    const typed = (name: string, stored: string | number | null) =>
      (failed ? textOf(asked, name) : undefined) ?? String(stored ?? '');
    const data = {
      adminNav: adminTabs(req.t, 'models'),
      model: { name: model.name, kind: model.kind },
      form: {
        label: typed('label', setting.label),
        position: typed('position', setting.position),
        hidden: typed('hidden', setting.isHidden ? '1' : '0') === '1',
      },
      standard: model.kind === 'other' ? null : models.defaultOf(model.kind),
      ...formErrors(req, failed),
    };
    await pages.send(req, res, 'admin/model', data, {
      title: model.name,
      section: 'admin',
      status: failed?.status ?? 200,
    });
  }

  /** Changes something; a form leads to the list, or comes back with its faults. */
  const changing =
    (work: (req: Request) => Promise<object>, notice: string) => async (req: Request, res: Response) => {
      try {
        const json = await work(req);
        if (wantsPage(req)) return res.redirect(303, `/admin/models?${notice}=1`);
        res.json(json);
      } catch (error) {
        if (!wantsPage(req) || !isAppError(error, 'invalid')) throw error;
        await draw(req, res, error);
      }
    };

  const record = (req: Request, action: string, id: string, details: Record<string, string>) =>
    audit.record({ ...auditActorOf(req), action, object: { kind: 'model', id }, outcome: 'done', details });

  async function changeSetting(req: Request) {
    const { model: name, label: shown, position: place, hidden } = parse(settingChange, req.body);
    await models.changeSetting(name, { label: shown, position: place, isHidden: hidden });
    const changed = { label: shown, position: place, hidden };
    const named = Object.entries(changed).filter(([, value]) => value !== undefined);
    await record(
      req,
      'model.change',
      name,
      Object.fromEntries(named.map(([key, value]) => [key, String(value)])),
    );
    return modelJson(models, findModel(name));
  }

  async function changeDefault(req: Request) {
    const { kind, model } = parse(defaultChange, req.body);
    const before = models.defaultOf(kind).model ?? 'none';
    await models.chooseDefault(kind, model);
    await record(req, 'model.default', model ?? 'automatic', { kind, before });
    return defaultJson(models.defaultOf(kind));
  }

  routes.get('/admin/models/edit', { ...admin, format: 'page' }, (req, res) => draw(req, res));
  routes.post('/admin/models/settings', admin, changing(changeSetting, 'model_saved'));
  routes.post('/admin/models/default', admin, changing(changeDefault, 'default_saved'));

  return routes;
}
