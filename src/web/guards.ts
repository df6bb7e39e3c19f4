import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../lib/errors.ts';
import { namesJsonOnly, wantsPage } from './context.ts';

/** Lets signed-in people pass; a page goes to sign-in and comes back, everything else gets 401. */
export const requireUser: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  if (!wantsPage(req) || req.headers['x-fragment']) return next(new AppError('unauthorized'));
  goToSignIn(req, res);
};

/** Lets administrators pass; a signed-in person without that role gets 403. To be put after `requireUser…`. */
export const requireAdmin: RequestHandler = (req, _res, next) =>
  next(req.user?.role === 'admin' ? undefined : new AppError('forbidden'));

/** The same for what is always a page: only who names JSON and no page gets 401. */
export const requireUserPage: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  if (namesJsonOnly(req)) return next(new AppError('unauthorized'));
  goToSignIn(req, res);
};

function goToSignIn(req: Request, res: Response): void {
  const isRead = req.method === 'GET' || req.method === 'HEAD';
  const back = isRead ? req.originalUrl : '/';
  res.redirect(isRead ? 302 : 303, back === '/' ? '/login' : `/login?next=${encodeURIComponent(back)}`);
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

/** A path of our own to go to, or `/`: nothing that a browser could read as another host. */
export function ownPath(value: string | undefined): string {
  if (!value || value.length > 2000 || !/^\/(?![/\\])[^\\\s\p{C}]*$/u.test(value)) return '/';
  try {
    const url = new URL(value, 'http://own.invalid');
    return url.origin === 'http://own.invalid' && !url.pathname.startsWith('//')
      ? url.pathname + url.search
      : '/';
  } catch {
    return '/';
  }
}
