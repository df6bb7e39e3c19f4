import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { MAX_EVERY_HOURS, MAX_KEEP, type Backups } from '../backup/backup.ts';
import { isAppError, type AppError } from '../lib/errors.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { namesJsonOnly, wantsPage } from '../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../web/form-errors.ts';
import { optionalWhole, param, parse, textOf } from '../web/validation.ts';
import type { Notice, Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { intervalChoices, scheduleJson, stateJson, stateView } from './backup-views.ts';
import { adminTabs } from './nav.ts';

/** Long enough that a page can be read between two reloads. */
const REFRESH_SECONDS = 3;

const required = (value: number | undefined) => value !== undefined;
const scheduleInput = z.object({
  every_hours: optionalWhole(0, MAX_EVERY_HOURS).refine(required, { message: 'required' }),
  keep: optionalWhole(1, MAX_KEEP).refine(required, { message: 'required' }),
  version: optionalWhole(1, Number.MAX_SAFE_INTEGER).refine(required, { message: 'required' }),
});

const admin: Policy = { who: 'admin', sessionOnly: true };
const adminPage: Policy = { ...admin, format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'admin/backup': FormFaults &
      ReturnType<typeof stateView> & {
        adminNav: Tab[];
        form: { keep: string; version: string };
        intervals: ReturnType<typeof intervalChoices>;
      };
  }
}

type Deps = { backups: Backups; audit: Pick<Audit, 'record'>; pages: Pages };

/** Backups: list, make, send, remove, and when they are made by themselves. An archive holds everything, so only a session may. */
export function adminBackupRoutes({ backups, audit, pages }: Deps): Routes {
  const routes = createRoutes();

  const stateNow = async () => ({
    files: await backups.list(),
    running: backups.running(),
    ...(await backups.settings()),
  });

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const state = await stateNow();
    const typed = (name: string, stored: number) =>
      (failed ? textOf(req.body, name) : undefined) ?? String(stored);
    const everyHours = typed('every_hours', state.schedule.everyHours);
    const data = {
      adminNav: adminTabs(req.t, 'backup'),
      ...stateView(req, state),
      form: { keep: typed('keep', state.schedule.keep), version: String(state.schedule.version) },
      intervals: intervalChoices(req, everyHours),
      ...formErrors(req, failed),
    };
    // By a header, since it works with and without scripts and needs none; never over a form that is being filled in.
    if (state.running && !failed) res.setHeader('Refresh', `${REFRESH_SECONDS}; url=/admin/backup`);
    await pages.send(req, res, 'admin/backup', data, {
      title: req.t('backup.title'),
      section: 'admin',
      status: failed?.status ?? 200,
      notice: failed ? null : noticeOf(req),
    });
  }

  routes.get('/admin/backup', adminPage, async (req, res) => {
    if (!namesJsonOnly(req)) return draw(req, res);
    res.json(stateJson(await stateNow()));
  });

  routes.post('/admin/backup', admin, async (req: Request, res: Response) => {
    const auditActor = auditActorOf(req);
    try {
      backups.start(async ({ outcome, name }) => {
        const object = { kind: 'backup', id: name ?? 'none' };
        await audit.record({ ...auditActor, action: 'backup.create', object, outcome });
      });
    } catch (error) {
      if (!isAppError(error) || !wantsPage(req)) throw error;
      return res.redirect(303, '/admin/backup');
    }
    if (wantsPage(req)) return res.redirect(303, '/admin/backup');
    res.status(202).json(stateJson(await stateNow()));
  });

  const changeSchedule = async (req: Request, res: Response) => {
    try {
      const { every_hours: everyHours = 0, keep = 1, version = 0 } = parse(scheduleInput, req.body);
      await backups.changeSchedule({ everyHours, keep, version });
      const details = { every_hours: everyHours, keep };
      await audit.record({ ...auditActorOf(req), action: 'backup.schedule', outcome: 'done', details });
      if (wantsPage(req)) return res.redirect(303, '/admin/backup?saved=1');
      res.json(scheduleJson((await backups.settings()).schedule));
    } catch (error) {
      if (!isAppError(error) || !wantsPage(req)) throw error;
      await draw(req, res, error);
    }
  };
  routes.patch('/admin/backup/schedule', admin, changeSchedule);
  routes.post('/admin/backup/schedule', admin, changeSchedule);

  routes.get('/admin/backup/:name', admin, async (req: Request, res: Response) => {
    const { name, bytes } = await backups.get(param(req, 'name'));
    res.setHeader('Content-Type', 'application/zip');
    res.setHeader('Content-Length', bytes);
    res.setHeader('Content-Disposition', `attachment; filename="${name}"`);
    if (req.method === 'HEAD') return void res.end();
    const content = await backups.open(name);
    const object = { kind: 'backup', id: name };
    await audit.record({ ...auditActorOf(req), action: 'backup.download', object, outcome: 'done' });
    // A reader that goes away in the middle is no fault of ours.
    await pipeline(content, res).catch(() => res.destroy());
  });

  const remove = async (req: Request, res: Response) => {
    const name = param(req, 'name');
    await backups.remove(name);
    await audit.record({
      ...auditActorOf(req),
      action: 'backup.delete',
      object: { kind: 'backup', id: name },
      outcome: 'done',
    });
    if (wantsPage(req)) return res.redirect(303, '/admin/backup?deleted=1');
    res.status(204).end();
  };
  routes.delete('/admin/backup/:name', admin, remove);
  routes.post('/admin/backup/:name/delete', admin, remove);

  return routes;
}

function noticeOf(req: Request): Notice | null {
  const done = ['saved', 'deleted'].find((name) => textOf(req.query, name) === '1');
  return successNotice(req, done && `backup.${done}`);
}
