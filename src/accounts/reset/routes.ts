import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { wantsPage } from '../../web/context.ts';
import { type FormFaults, formErrors } from '../../web/form-errors.ts';
import { param, parse } from '../../web/validation.ts';
import type { Pages } from '../../web/page.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { MIN_PASSWORD_CHARACTERS, type Accounts } from '../accounts.ts';

const newPassword = z.object({
  password: z.string().min(1).max(10_000),
  password_confirmation: z.string().max(10_000).optional(),
});

declare module '../../web/page.ts' {
  interface Views {
    'auth/reset': FormFaults & { username: string; action: string; minPassword: number };
  }
}

type Deps = { accounts: Accounts; pages: Pages; audit: Pick<Audit, 'record'> };

/** Where a one-time link leads: a new password for the account it was made for. */
export function resetRoutes({ accounts, pages, audit }: Deps): Routes {
  const routes = createRoutes();
  routes.area('/reset', { cors: false, secretPath: true });

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const { username } = await accounts.reset.find(param(req, 'token'));
    const data = {
      username,
      action: req.path,
      minPassword: MIN_PASSWORD_CHARACTERS,
      ...formErrors(req, failed),
    };
    await pages.send(req, res, 'auth/reset', data, {
      title: req.t('registration.reset_title'),
      status: failed?.status ?? 200,
    });
  }

  routes.get('/reset/:token', { who: 'anyone' }, async (req, res) => {
    await draw(req, res);
  });

  routes.post('/reset/:token', { who: 'anyone' }, async (req, res) => {
    try {
      const token = param(req, 'token');
      // First: what is wrong with a password is told only to who has a good link.
      await accounts.reset.find(token);
      const input = parse(newPassword, req.body);
      if (input.password_confirmation !== undefined && input.password_confirmation !== input.password)
        throw new AppError('invalid', { fields: [{ field: 'password_confirmation', message: 'mismatch' }] });
      const user = await accounts.reset.finish(token, input.password);
      const auditActor = { ...auditActorOf(req), actor: user };
      await audit.record({ ...auditActor, action: 'account.reset', outcome: 'done' });
      if (wantsPage(req)) return res.redirect(303, '/login?done=reset');
      res.status(204).end();
    } catch (error) {
      if (isAppError(error, 'link_invalid'))
        await audit.record({ ...auditActorOf(req), action: 'account.reset', outcome: 'denied' });
      if (!isAppError(error, 'invalid') || !wantsPage(req)) throw error;
      await draw(req, res, error);
    }
  });

  return routes;
}
