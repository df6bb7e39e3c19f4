import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Accounts } from '../accounts/accounts.ts';
import { DELETED_PERSON, type Audit } from '../audit/audit.ts';
import type { AppError } from '../lib/errors.ts';
import { invalid, isAppError } from '../lib/errors.ts';
import { utcStamp } from '../lib/time.ts';
import type { Log } from '../platform/log.ts';
import { askerOf } from '../web/asker.ts';
import { visitor, wantsPage } from '../web/context.ts';
import { setRetryAfter } from '../web/errors.ts';
import { type FormFaults, formFaults } from '../web/form.ts';
import { parse, textOf } from '../web/input.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { cookieName } from '../web/session.ts';
import type { DeletionOutcome, Departure } from './departure.ts';

const confirmation = z.object({
  password: z.string().min(1).max(10_000),
  /** Asked of people; a program that names this address means it. */
  username: z.string().max(1000).optional(),
});

const own: Policy = { who: 'user', sessionOnly: true };
const ownPage: Policy = { ...own, format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'departure/delete': FormFaults & { stays: string | null; typed: string };
    'departure/goodbye': { heading: string; text: string };
  }
}

type Deps = {
  departure: Departure;
  accounts: Pick<Accounts, 'signIn'>;
  audit: Audit;
  pages: Pages;
  log: Log;
  https: boolean;
  now: () => number;
};

/** All own data as an archive; the own account deleted for good. */
export function departureRoutes({ departure, accounts, audit, pages, log, https, now }: Deps): Routes {
  const routes = createRoutes();

  routes.get('/settings/export', ownPage, async (req, res) => {
    const user = visitor(req);
    res.type('application/zip');
    res.attachment(`salon-data-${utcStamp(now()).date}.zip`);
    if (req.method === 'HEAD') return void res.end();
    const archive = await departure.beginExport(user.id);
    const unwatch = req.watchAccess?.(req, () => res.destroy());
    await audit.record({ ...askerOf(req), action: 'account.export', object: self(req), outcome: 'done' });
    await archive.send(res).catch((error: unknown) => {
      // A reader that goes away is no fault of ours; anything else is told, and the cut archive tells the reader.
      if (!isGone(error)) log.error('export failed', { request_id: req.requestId, cause: String(error) });
    });
    unwatch?.();
  });

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const stays = await departure.assertCanGo(visitor(req).id).then(
      () => null,
      (error: unknown) => {
        if (isAppError(error, 'last_admin')) return req.t('departure.last_admin');
        throw error;
      },
    );
    const data = {
      stays,
      typed: failed ? (textOf(req.body, 'username') ?? '') : '',
      ...formFaults(req, failed),
    };
    setRetryAfter(res, failed);
    await pages.send(req, res, 'departure/delete', data, {
      title: req.t('departure.delete_title'),
      section: 'settings',
      status: failed?.status ?? 200,
    });
  }

  /** @throws AppError `invalid` for a wrong password or name, `limited`, `last_admin` */
  async function leave(req: Request, mustTypeName: boolean): Promise<DeletionOutcome> {
    const { password, username } = parse(confirmation, req.body);
    const user = visitor(req);
    if (mustTypeName && username?.trim() !== user.username) throw invalid('username', 'not_own_name');
    await departure.assertCanGo(user.id);
    await accounts
      .signIn({ username: user.username, password, address: req.ip ?? '' })
      .catch(async (error: unknown) => {
        if (!isAppError(error, 'wrong_credentials')) throw error;
        // Asked for twice at the same time: the first one has closed the account, and the second one waits with it.
        if (!(await departure.isLeaving(user.id))) throw invalid('password', 'wrong_password');
      });
    return departure.remove(user.id);
  }

  const remove = (mustTypeName: boolean) => async (req: Request, res: Response) => {
    const asker = askerOf(req);
    const object = self(req);
    let deletion: DeletionOutcome;
    try {
      deletion = await leave(req, mustTypeName);
    } catch (error) {
      const outcome = isAppError(error, 'invalid', 'limited', 'last_admin') ? 'denied' : 'failed';
      await audit.record({ ...asker, action: 'account.delete', object, outcome });
      if (!isAppError(error) || !wantsPage(req)) throw error;
      return draw(req, res, error);
    }
    // The name was taken out of the log together with the account, or will be.
    const actor = { id: object.id, username: DELETED_PERSON };
    const details: Record<string, string> = deletion === 'continues' ? { deletion } : {};
    await audit.record({ ...asker, actor, action: 'account.delete', object, outcome: 'done', details });
    // Its row went with the account; a fault leaves one that opens nothing.
    await new Promise<void>((resolve) => req.session.destroy(() => resolve()));
    res.clearCookie(cookieName(https), { path: '/', httpOnly: true, sameSite: 'lax', secure: https });
    res.setHeader('Clear-Site-Data', '"cache", "storage"');
    const isDone = deletion === 'deleted';
    if (wantsPage(req)) return res.redirect(303, isDone ? '/goodbye' : '/goodbye?deletion=continues');
    if (isDone) return void res.status(204).end();
    res.status(202).json({ status: 'being_deleted' });
  };

  routes.get('/settings/delete', ownPage, (req, res) => draw(req, res));
  routes.post('/settings/delete', own, remove(true));
  routes.delete('/settings/account', own, remove(false));
  routes.post('/settings/account/delete', own, remove(true));

  routes.get('/goodbye', { who: 'anyone' }, async (req, res) => {
    if (req.user) return res.redirect(302, '/');
    const continues = textOf(req.query, 'deletion') === 'continues';
    const data = {
      heading: req.t(continues ? 'departure.closed_title' : 'departure.goodbye_title'),
      text: req.t(continues ? 'departure.closed_text' : 'departure.goodbye_text'),
    };
    await pages.send(req, res, 'departure/goodbye', data, { title: data.heading });
  });

  return routes;
}

const self = (req: Request) => ({ kind: 'person', id: visitor(req).id });

const isGone = (error: unknown) =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
