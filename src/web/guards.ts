import type { RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';
import { wantsPage } from './context.ts';

/** Lets signed-in people pass; a page goes to sign-in and comes back, everything else gets 401. */
export const requireUser: RequestHandler = (req, res, next) => {
  if (req.user) return next();
  if (!wantsPage(req) || req.headers['x-fragment']) return next(new AppError('unauthorized'));
  const back = req.method === 'GET' ? req.originalUrl : '/';
  res.redirect(req.method === 'GET' ? 302 : 303, back === '/' ? '/login' : `/login?next=${encodeURIComponent(back)}`);
};

/** For the routes that are JSON whatever the caller accepts. */
export const requireUserJson: RequestHandler = (req, _res, next) =>
  next(req.user ? undefined : new AppError('unauthorized'));

/** A path of our own to go to, or `/`: nothing that a browser could read as another host. */
export function ownPath(value: string | undefined): string {
  if (!value || value.length > 2000 || !/^\/(?![/\\])[^\\\s\p{C}]*$/u.test(value)) return '/';
  try {
    const url = new URL(value, 'http://own.invalid');
    return url.origin === 'http://own.invalid' && !url.pathname.startsWith('//') ? url.pathname + url.search : '/';
  } catch {
    return '/';
  }
}
