import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { wantsPage } from '../../web/context.ts';
import { setRetryAfter } from '../../web/errors.ts';
import { type FormFaults, formErrors } from '../../web/form-errors.ts';
import { ownPath } from '../../web/guards.ts';
import { check, textOf } from '../../web/validation.ts';
import type { Pages } from '../../web/page.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { MIN_PASSWORD_CHARACTERS, type Accounts } from '../accounts.ts';
import { answerSignedIn } from '../sign-in/signed-in-answer.ts';

/** The rules of names and passwords give the reason; the body limit stands before them. */
const registration = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
  password_confirmation: z.string().optional(),
  // Exactly as typed: only the exact key works.
  registration_key: z.string().max(1000).optional(),
  // A hint that a script puts in: a wrong one must keep nobody out.
  time_zone: z.string().max(100).optional().catch(undefined),
});

declare module '../../web/page.ts' {
  interface Views {
    'auth/register': FormFaults & {
      form: { username: string; next: string; registration_key: string };
      firstAccount: boolean;
      needsKey: boolean;
      showsKey: boolean;
      minPassword: number;
    };
  }
}

type Deps = { accounts: Accounts; pages: Pages; audit: Pick<Audit, 'record'>; log: Log };

/** New accounts: freely, by a registration key, or not at all. An invite link is this page with `?key=`. */
export function registrationRoutes({ accounts, pages, audit, log }: Deps): Routes {
  const routes = createRoutes();

  async function draw(req: Request, res: Response, failed?: AppError): Promise<void> {
    const mode = await accounts.registration.mode();
    if (mode === 'closed') throw new AppError('registration_closed');
    const source: unknown = failed ? req.body : req.query;
    const key = textOf(source, failed ? 'registration_key' : 'key') ?? '';
    const data = {
      form: {
        username: textOf(req.body, 'username') ?? '',
        next: ownPath(textOf(source, 'next')),
        registration_key: key,
      },
      ...formErrors(req, failed),
      firstAccount: !(await accounts.hasUsers()),
      needsKey: mode === 'key',
      showsKey: mode === 'key' || key !== '',
      minPassword: MIN_PASSWORD_CHARACTERS,
    };
    setRetryAfter(res, failed);
    await pages.send(req, res, 'auth/register', data, {
      title: req.t('auth.register'),
      status: failed?.status ?? 200,
    });
  }

  async function register(req: Request) {
    const parsed = check(registration, req.body);
    if (!parsed.ok) throw new AppError('invalid', { fields: parsed.fields, params: parsed.params });
    const input = parsed.value;
    const { username, password, time_zone: timeZone, registration_key: registrationKey } = input;
    if (input.password_confirmation !== undefined && input.password_confirmation !== password)
      throw new AppError('invalid', { fields: [{ field: 'password_confirmation', message: 'mismatch' }] });
    return accounts.register({ username, password, timeZone, registrationKey, ip: req.ip ?? '' });
  }

  routes.get('/register', { who: 'anyone', cors: false }, async (req, res) => {
    if (req.user) return res.redirect(302, '/');
    await draw(req, res);
  });

  routes.post('/register', { who: 'anyone', cors: false, session: 'begins' }, async (req, res) => {
    try {
      const user = await register(req);
      await answerSignedIn(req, res, user);
      log.info('account created', { user: user.id, role: user.role, request_id: req.requestId });
      const auditActor = { ...auditActorOf(req), actor: user, authMethod: 'session' as const };
      await audit.record({ ...auditActor, action: 'account.register', outcome: 'done' });
    } catch (error) {
      if (isAppError(error, 'registration_key_invalid', 'registration_closed', 'limited'))
        await audit.record({
          ...auditActorOf(req),
          action: 'account.register',
          outcome: 'denied' as const,
          details: { code: error.code },
        });
      if (!isAppError(error) || !wantsPage(req)) throw error;
      await draw(req, res, error);
    }
  });

  return routes;
}
