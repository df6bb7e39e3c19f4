import { Router, type Request, type RequestHandler, type Response } from 'express';
import { Strategy } from 'passport-local';
import { z } from 'zod';
import { AppError, isAppError } from '../lib/errors.ts';
import { iso } from '../lib/time.ts';
import type { Log } from '../platform/log.ts';
import { wantsPage, type Visitor } from '../web/context.ts';
import { fieldSentences, setRetryAfter } from '../web/errors.ts';
import { ownPath } from '../web/guards.ts';
import { check, textOf } from '../web/input.ts';
import { isFromHere } from '../web/origin.ts';
import type { Pages } from '../web/page.ts';
import { cookieName } from '../web/session.ts';
import type { Authenticator } from '../web/session.ts';
import { MIN_PASSWORD_CHARACTERS, type Accounts } from './accounts.ts';

/** The rules of names and passwords give the reason; the body limit stands before them. */
const credential = z.string().min(1);
const registerShape = z.object({
  username: credential,
  password: credential,
  password_confirmation: z.string().optional(),
  // A hint that a script puts in: a wrong one must keep nobody out.
  time_zone: z.string().max(100).optional().catch(undefined),
});
/** Longer than any name or password can be: not worth a hash. */
const signInShape = registerShape.extend({
  username: credential.max(10_000),
  password: credential.max(10_000),
});

type Deps = {
  accounts: Accounts;
  authenticator: Authenticator;
  pages: Pages;
  log: Log;
  baseUrl: string | undefined;
};

/** Sign-up, sign-in, sign-out. */
export function accountRoutes({ accounts, authenticator, pages, log, baseUrl }: Deps): Router {
  const router = Router();
  const https = baseUrl?.startsWith('https:') ?? false;
  authenticator.use(localStrategy(accounts));

  /** A new session id, then the person in it. */
  const enter = (req: Request, user: Visitor) =>
    new Promise<void>((resolve, reject) =>
      req.logIn(user, (error: unknown) => (error ? reject(error) : resolve())),
    );

  async function answerSignedIn(req: Request, res: Response, user: Visitor): Promise<void> {
    await enter(req, user);
    if (wantsPage(req)) return res.redirect(303, ownPath(textOf(req.body, 'next')));
    res.json({ user: userJson(user) });
  }

  async function drawSignIn(req: Request, res: Response, failed?: AppError): Promise<void> {
    const source = failed ? req.body : req.query;
    const data = {
      form: { username: textOf(req.body, 'username') ?? '', next: ownPath(textOf(source, 'next')) },
      error: failed ? req.t(`errors.${failed.code}`, failed.params) : null,
      fieldErrors: {},
      canRegister: true,
    };
    setRetryAfter(res, failed);
    await pages.send(req, res, 'auth/login', data, {
      title: req.t('auth.sign_in'),
      status: failed?.status ?? 200,
    });
  }

  async function drawRegister(req: Request, res: Response, failed?: AppError): Promise<void> {
    const source = failed ? req.body : req.query;
    const fields = failed ? fieldSentences(req.t, failed) : [];
    const data = {
      form: { username: textOf(req.body, 'username') ?? '', next: ownPath(textOf(source, 'next')) },
      error: failed && fields.length === 0 ? req.t(`errors.${failed.code}`, failed.params) : null,
      fieldErrors: Object.fromEntries(fields.map(({ field, message }) => [field, message])),
      firstAccount: !(await accounts.hasUsers()),
      minPassword: MIN_PASSWORD_CHARACTERS,
    };
    setRetryAfter(res, failed);
    await pages.send(req, res, 'auth/register', data, {
      title: req.t('auth.register'),
      status: failed?.status ?? 200,
    });
  }

  const signIn: RequestHandler = (req, res, next) => {
    const done = async (error: unknown, user: Visitor | false | undefined) => {
      const failed = error ?? (user ? undefined : new AppError('wrong_credentials'));
      if (!failed && user) {
        await answerSignedIn(req, res, user);
        log.info('sign-in', { user: user.id, request_id: req.requestId });
        return;
      }
      log.warn('failed sign-in', {
        code: isAppError(failed) ? failed.code : 'internal',
        address: req.ip,
        request_id: req.requestId,
      });
      if (!isAppError(failed) || !wantsPage(req)) throw failed;
      await drawSignIn(req, res, failed);
    };
    const authenticate = authenticator.authenticate(
      'local',
      (error: unknown, user: Visitor | false | undefined) => {
        done(error, user).catch(next);
      },
    ) as RequestHandler;
    void authenticate(req, res, next);
  };

  router.get('/login', async (req, res) => {
    if (req.user) return res.redirect(302, ownPath(textOf(req.query, 'next')));
    if (!(await accounts.hasUsers())) return res.redirect(302, '/register');
    await drawSignIn(req, res);
  });
  router.post('/login', signIn);
  // One of the older programs posted its sign-in form to the root.
  router.post('/', signIn);

  router.get('/register', async (req, res) => {
    if (req.user) return res.redirect(302, '/');
    await drawRegister(req, res);
  });

  router.post('/register', async (req, res) => {
    try {
      const input = check(registerShape, req.body);
      if (!input.ok) throw new AppError('invalid', { fields: input.fields, params: input.params });
      const { username, password, password_confirmation: confirmation, time_zone: timeZone } = input.value;
      if (confirmation !== undefined && confirmation !== password)
        throw new AppError('invalid', { fields: [{ field: 'password_confirmation', message: 'mismatch' }] });
      const user = await accounts.register({ username, password, timeZone });
      await answerSignedIn(req, res, user);
      log.info('account created', { user: user.id, role: user.role, request_id: req.requestId });
    } catch (error) {
      if (!isAppError(error) || !wantsPage(req)) throw error;
      await drawRegister(req, res, error);
    }
  });

  const signOut: RequestHandler = (req, res, next) => {
    const user = req.user?.id;
    req.session.destroy((error: unknown) => {
      if (error) return next(error);
      if (user) log.info('sign-out', { user, request_id: req.requestId });
      res.setHeader('Clear-Site-Data', '"cache", "storage"');
      // Without the cookie a browser does not bring signed-in pages back from its back-forward cache.
      if (user)
        res.clearCookie(cookieName(https), { path: '/', httpOnly: true, sameSite: 'lax', secure: https });
      if (wantsPage(req)) return res.redirect(303, '/login');
      res.status(204).end();
    });
  };
  router.post('/logout', signOut);
  // A link on another site must not be able to sign people out: it gets a question instead.
  router.get('/logout', async (req, res, next) => {
    if (isFromHere(req, baseUrl) || !req.user) return signOut(req, res, next);
    await pages.send(req, res, 'auth/logout', {}, { title: req.t('auth.logout_title') });
  });

  return router;
}

/** The strategy reads the body itself, so that wrong types and empty fields are wrong credentials like any others. */
function localStrategy(accounts: Accounts): Strategy {
  return new Strategy({ passReqToCallback: true }, (req, _username, _password, done) => {
    const input = check(signInShape, req.body);
    if (!input.ok) return done(new AppError('wrong_credentials'));
    const { username, password, time_zone: timeZone } = input.value;
    accounts.signIn({ username, password, timeZone, address: req.ip ?? '' }).then(
      (user) => done(null, user),
      (error: unknown) => done(error),
    );
  });
}

/** An account as JSON: what its owner may see. */
export function userJson(user: Visitor) {
  return { id: user.id, username: user.username, role: user.role, created_at: iso(user.createdAt) };
}
