import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../lib/errors.ts';
import { namesJsonOnly, wantsPage } from './context.ts';
import { textOf } from './input.ts';

/** Lets signed-in people pass; a page goes to sign-in and comes back, everything else gets 401. */
export const requireUser: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  if (!wantsPage(req) || req.headers['x-fragment']) return next(new AppError('unauthorized'));
  goToSignIn(req, res);
};

/**
 * Lets administrators pass; a signed-in person without that role gets 403, and so does an API key, which is made for
 * programs and never for administration. To be put after `requireUser…`.
 */
export const requireAdmin: RequestHandler = (req, _res, next) =>
  next(req.user?.role === 'admin' && req.credential?.kind !== 'key' ? undefined : new AppError('forbidden'));

/** For what neither a token nor an API key may do: passwords, keys, sessions, the account. After `requireUser…`. */
export const requireSession: RequestHandler = (req, _res, next) =>
  next(req.credential?.kind === 'session' ? undefined : new AppError('session_needed'));

/** Refuses with 403 an API key that was not made for this. Sessions and tokens are for everything. After `requireUser…`. */
export const requireScope =
  (scope: string): RequestHandler =>
  (req, _res, next) => {
    assertScope(req, scope);
    next();
  };

/** `requireUser` and `requireScope` in one. */
export const requireUserFor =
  (scope: string): RequestHandler =>
  (req, res, next) =>
    requireUser(req, res, (error?: unknown) => {
      if (error) return next(error);
      assertScope(req, scope);
      next();
    });

/** Like `requireScope`, where only the body tells what a request needs. @throws AppError `scope_missing` */
export function assertScope(req: Request, scope: string): void {
  if (!hasScope(req, scope)) throw new AppError('scope_missing', { params: { scope } });
}

/** True unless the request came by an API key that was not made for this. */
export function hasScope(req: Request, scope: string): boolean {
  const scopes = req.credential?.scopes ?? null;
  return scopes === null || scopes.includes(scope);
}

/** The same for what is always a page: only who names JSON and no page gets 401. */
export const requireUserPage: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  if (namesJsonOnly(req)) return next(new AppError('unauthorized'));
  goToSignIn(req, res);
};

function goToSignIn(req: Request, res: Response): void {
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  const back = isRead ? req.originalUrl : formAgain(req);
  res.redirect(isRead ? 302 : 303, back === '/' ? '/login' : `/login?next=${encodeURIComponent(back)}`);
}

/**
 * Where somebody lands who sent a form after the session had ended: on its page, with what was typed, as far as an
 * address can carry it.
 */
function formAgain(req: Request): string {
  const typed = textOf(req.body, 'prompt') ?? textOf(req.body, 'content');
  if (!typed) return '/';
  const page = req.path.replace(/\/(messages|stream)$/, '').replace(/^\/conversations$/, '/');
  return ownPath(`${page}?${new URLSearchParams({ prompt: typed }).toString()}`);
}

/** Refuses with 405 what is neither a read nor a write of a page or a client (`TRACE`, `PROPFIND`, …). */
export const requireKnownMethod: RequestHandler = (req, res, next) => {
  if (methods.includes(req.method)) return next();
  res.setHeader('Allow', methods.join(', '));
  next(new AppError('method_not_allowed'));
};
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** For the routes that are JSON whatever the caller accepts. */
export const requireUserJson: RequestHandler = (req, _res, next) =>
  next(req.user ? undefined : new AppError('unauthorized'));

/** Well below the 16 kB that a header of ours and those of usual proxies may have. */
const MAX_PATH_CHARACTERS = 6000;

/** A path of our own to go to, or `/`: nothing that a browser could read as another host. */
export function ownPath(value: string | undefined): string {
  if (!value || value.length > MAX_PATH_CHARACTERS || !/^\/(?![/\\])[^\\\s\p{C}]*$/u.test(value)) return '/';
  try {
    const url = new URL(value, 'http://own.invalid');
    return url.origin === 'http://own.invalid' && !url.pathname.startsWith('//')
      ? url.pathname + url.search
      : '/';
  } catch {
    return '/';
  }
}
