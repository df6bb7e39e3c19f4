import type { Request, RequestHandler, Response } from 'express';
import { Strategy } from 'passport-local';
import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import { auditActorOf } from '../../web/audit-actor.ts';
import { wantsPage, type User } from '../../web/context.ts';
import { setRetryAfter } from '../../web/errors.ts';
import { formErrors, successNotice, type FormFaults } from '../../web/form-errors.ts';
import { ownPath } from '../../web/guards.ts';
import { check, textOf } from '../../web/validation.ts';
import { isFromHere } from '../../web/origin.ts';
import type { Pages } from '../../web/page.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { cookieName } from '../../web/session.ts';
import type { Authenticator } from '../../web/session.ts';
import type { Accounts } from '../accounts.ts';
import { answerSignedIn } from './signed-in-answer.ts';

/** Longer than any name or password can be: not worth a hash. */
const credential = z.string().min(1).max(10_000);
const signInShape = z.object({
  username: credential,
  password: credential,
  // A hint that a script puts in: a wrong one must keep nobody out.
  time_zone: z.string().max(100).optional().catch(undefined),
});

declare module '../../web/page.ts' {
  interface Views {
    'auth/login': FormFaults & { form: { username: string; next: string }; canRegister: boolean };
    'auth/logout': Record<string, never>;
  }
}

type Deps = {
  accounts: Accounts;
  authenticator: Authenticator;
  pages: Pages;
  audit: Pick<Audit, 'record'>;
  log: Log;
  baseUrl: string | undefined;
};

/** Sign-in and sign-out. */
export function signInRoutes({ accounts, authenticator, pages, audit, log, baseUrl }: Deps): Routes {
  const routes = createRoutes();
  const https = baseUrl?.startsWith('https:') ?? false;
  authenticator.use(localStrategy(accounts));

  async function drawSignIn(req: Request, res: Response, failed?: AppError): Promise<void> {
    const source: unknown = failed ? req.body : req.query;
    const data = {
      form: { username: textOf(req.body, 'username') ?? '', next: ownPath(textOf(source, 'next')) },
      ...formErrors(req, undefined),
      // The same sentence whatever was wrong, so no field is marked.
      error: failed ? req.t(`errors.${failed.code}`, failed.params) : null,
      canRegister: (await accounts.registration.mode()) !== 'closed',
    };
    setRetryAfter(res, failed);
    const isReset = !failed && textOf(req.query, 'done') === 'reset';
    await pages.send(req, res, 'auth/login', data, {
      title: req.t('auth.sign_in'),
      status: failed?.status ?? 200,
      notice: successNotice(req, isReset ? 'registration.reset_done' : undefined),
    });
  }

  const signIn: RequestHandler = (req, res, next) => {
    const done = async (error: unknown, user: User | false | undefined) => {
      const failed: unknown = error ?? (user ? undefined : new AppError('wrong_credentials'));
      if (!failed && user) {
        await answerSignedIn(req, res, user);
        log.info('sign-in', { user: user.id, request_id: req.requestId });
        const auditActor = { ...auditActorOf(req), actor: user, authMethod: 'session' as const };
        await audit.record({ ...auditActor, action: 'account.sign_in', outcome: 'done' });
        return;
      }
      if (isAppError(failed, 'wrong_credentials', 'limited')) {
        const object = await accounts.people.attempted(textOf(req.body, 'username') ?? '');
        await audit.record({ ...auditActorOf(req), action: 'account.sign_in', object, outcome: 'denied' });
      }
      log.warn('failed sign-in', {
        code: isAppError(failed) ? failed.code : 'internal',
        ip: req.ip,
        request_id: req.requestId,
      });
      if (!isAppError(failed) || !wantsPage(req)) throw failed;
      await drawSignIn(req, res, failed);
    };
    const authenticate = authenticator.authenticate(
      'local',
      (error: unknown, user: User | false | undefined) => {
        done(error, user).catch(next);
      },
    ) as RequestHandler;
    void authenticate(req, res, next);
  };

  routes.get('/login', { who: 'anyone', cors: false }, async (req, res) => {
    if (req.user) return res.redirect(302, ownPath(textOf(req.query, 'next')));
    if (!(await accounts.hasUsers())) return res.redirect(302, '/register');
    await drawSignIn(req, res);
  });
  routes.post('/login', { who: 'anyone', cors: false, session: 'begins' }, signIn);
  // One of the older programs posted its sign-in form to the root.
  routes.post('/', { who: 'anyone', cors: false, session: 'begins' }, signIn);

  const signOut: RequestHandler = (req, res, next) => {
    const user = req.user?.id;
    const auditActor = auditActorOf(req);
    req.session.destroy((error: unknown) => {
      if (error) return next(error);
      if (user) void audit.record({ ...auditActor, action: 'account.sign_out', outcome: 'done' });
      if (user) log.info('sign-out', { user, request_id: req.requestId });
      res.setHeader('Clear-Site-Data', '"cache", "storage"');
      // Without the cookie a browser does not bring signed-in pages back from its back-forward cache.
      if (user)
        res.clearCookie(cookieName(https), { path: '/', httpOnly: true, sameSite: 'lax', secure: https });
      if (wantsPage(req)) return res.redirect(303, '/login');
      res.status(204).end();
    });
  };
  routes.post('/logout', { who: 'anyone', cors: false, session: 'ends' }, signOut);
  // A link on another site must not be able to sign people out: it gets a question instead.
  routes.get('/logout', { who: 'anyone', cors: false, session: 'ends' }, async (req, res, next) => {
    if (isFromHere(req, baseUrl) || !req.user) return signOut(req, res, next);
    await pages.send(req, res, 'auth/logout', {}, { title: req.t('auth.logout_title') });
  });

  return routes;
}

/** The strategy reads the body itself, so that wrong types and empty fields are wrong credentials like any others. */
function localStrategy(accounts: Accounts): Strategy {
  return new Strategy({ passReqToCallback: true }, (req, _username, _password, done) => {
    const input = check(signInShape, req.body);
    if (!input.ok) return done(new AppError('wrong_credentials'));
    const { username, password, time_zone: timeZone } = input.value;
    accounts.signIn({ username, password, timeZone, ip: req.ip ?? '' }).then(
      (user) => done(null, user),
      (error: unknown) => done(error),
    );
  });
}
