import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Accounts } from '../accounts/accounts.ts';
import { DELETED_PERSON, type Audit } from '../audit/audit.ts';
import type { AppError } from '../lib/errors.ts';
import { invalid, isAppError } from '../lib/errors.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { userOf, wantsPage } from '../web/context.ts';
import { setRetryAfter } from '../web/errors.ts';
import { type FormFaults, formErrors } from '../web/form-errors.ts';
import { parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { cookieName } from '../web/session.ts';
import type { AccountDeletion, DeletionOutcome } from './account-deletion.ts';

const confirmation = z.object({
  password: z.string().min(1).max(10_000),
  /** Required by the POST routes: a program that sends DELETE means it. */
  username: z.string().max(1000).optional(),
});

const own: Policy = { who: 'user', sessionOnly: true };
const ownPage: Policy = { ...own, format: 'page' };

declare module '../web/page.ts' {
  interface Views {
    'account-deletion/delete': FormFaults & { stays: string | null; typed: string };
    'account-deletion/goodbye': { heading: string; text: string };
  }
}

type Deps = {
  accountDeletion: AccountDeletion;
  accounts: Pick<Accounts, 'signIn'>;
  audit: Audit;
  pages: Pages;
  https: boolean;
};

/** Permanent deletion of a person's own account. */
export function accountDeletionRoutes({ accountDeletion, accounts, audit, pages, https }: Deps): Routes {
  const routes = createRoutes();

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const stays = await accountDeletion.assertCanGo(userOf(req).id).then(
      () => null,
      (error: unknown) => {
        if (isAppError(error, 'last_admin')) return req.t('account_deletion.last_admin');
        throw error;
      },
    );
    const data = {
      stays,
      typed: failed ? (textOf(req.body, 'username') ?? '') : '',
      ...formErrors(req, failed),
    };
    setRetryAfter(res, failed);
    await pages.send(req, res, 'account-deletion/delete', data, {
      title: req.t('account_deletion.delete_title'),
      section: 'settings',
      status: failed?.status ?? 200,
    });
  }

  /** @throws AppError `invalid` for a wrong password or name, `limited`, `last_admin` */
  async function leave(req: Request, mustTypeName: boolean): Promise<DeletionOutcome> {
    const { password, username } = parse(confirmation, req.body);
    const user = userOf(req);
    if (mustTypeName && username?.trim() !== user.username) throw invalid('username', 'not_own_name');
    await accountDeletion.assertCanGo(user.id);
    await accounts
      .signIn({ username: user.username, password, ip: req.ip ?? '' })
      .catch(async (error: unknown) => {
        if (!isAppError(error, 'wrong_credentials')) throw error;
        // Asked for twice at the same time: the first one has closed the account, and the second one waits with it.
        if (!(await accountDeletion.isLeaving(user.id))) throw invalid('password', 'wrong_password');
      });
    return accountDeletion.remove(user.id);
  }

  const remove = (mustTypeName: boolean) => async (req: Request, res: Response) => {
    const auditActor = auditActorOf(req);
    const object = self(req);
    let deletion: DeletionOutcome;
    try {
      deletion = await leave(req, mustTypeName);
    } catch (error) {
      const outcome = isAppError(error, 'invalid', 'limited', 'last_admin') ? 'denied' : 'failed';
      await audit.record({ ...auditActor, action: 'account.delete', object, outcome });
      if (!isAppError(error) || !wantsPage(req)) throw error;
      return draw(req, res, error);
    }
    // The name was taken out of the log together with the account, or will be.
    const actor = { id: object.id, username: DELETED_PERSON };
    const details: Record<string, string> = deletion === 'continues' ? { deletion } : {};
    await audit.record({ ...auditActor, actor, action: 'account.delete', object, outcome: 'done', details });
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
      heading: req.t(continues ? 'account_deletion.closed_title' : 'account_deletion.goodbye_title'),
      text: req.t(continues ? 'account_deletion.closed_text' : 'account_deletion.goodbye_text'),
    };
    await pages.send(req, res, 'account-deletion/goodbye', data, { title: data.heading });
  });

  return routes;
}

const self = (req: Request) => ({ kind: 'person', id: userOf(req).id });
