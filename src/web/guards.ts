import type { Request, RequestHandler, Response } from 'express';
import { AppError } from '../lib/errors.ts';
import { namesJsonOnly, wantsPage } from './context.ts';
import type { Policy } from './policy.ts';

export type Guard = {
  signInPath: string;
  /** Keeps a form that nobody is signed in for any more. @returns the path that goes on with it after sign-in */
  keepPost(req: Request): Promise<string | undefined>;
};

/**
 * Refuses callers that the route does not admit: not signed in (a page leads to `signInPath`), without the role, with a
 * kind of credential that it does not accept, or with a key that was not made for it.
 */
export function enforcePolicy(policy: Policy, guard: Guard): RequestHandler {
  const { who, sessionOnly, scope, format } = policy;
  return (req, res, next) => {
    if (who === 'anyone') return next();
    if (!req.user) {
      if (!leadsToSignIn(req, format)) throw new AppError('unauthorized');
      return leadToSignIn(req, res, guard);
    }
    if (who === 'admin') assertAdmin(req);
    if (sessionOnly && req.credential?.kind !== 'session') throw new AppError('session_needed');
    if (scope !== undefined) assertScope(req, scope);
    next();
  };
}

async function leadToSignIn(req: Request, res: Response, { signInPath, keepPost }: Guard): Promise<void> {
  const back = isRead(req) ? req.originalUrl : ((await keepPost(req)) ?? '/');
  const query = back === '/' ? '' : `?next=${encodeURIComponent(back)}`;
  res.redirect(isRead(req) ? 302 : 303, `${signInPath}${query}`);
}

/** A page leads to sign-in and comes back, everything else gets 401. */
function leadsToSignIn(req: Request, format: Policy['format']): boolean {
  if (format === 'page') return !namesJsonOnly(req);
  return wantsPage(req) && !req.headers['x-fragment'];
}

/** An API key is made for programs and never for administration. */
function assertAdmin({ user, credential }: Request): void {
  if (user?.role !== 'admin' || credential?.kind === 'key') throw new AppError('forbidden');
}

/** For scopes that depend on the body or what it names; else a policy says it. @throws AppError `scope_missing` */
export function assertScope(req: Request, scope: string): void {
  if (!hasScope(req, scope)) throw new AppError('scope_missing', { params: { scope } });
}

/** True unless the request came by an API key that was not made for this. */
export function hasScope(req: Request, scope: string): boolean {
  const scopes = req.credential?.scopes ?? null;
  return scopes === null || scopes.includes(scope);
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';

/** Refuses with 405 what is neither a read nor a write of a page or a client (`TRACE`, `PROPFIND`, …). */
export const requireKnownMethod: RequestHandler = (req, res, next) => {
  if (methods.includes(req.method)) return next();
  res.setHeader('Allow', methods.join(', '));
  next(new AppError('method_not_allowed'));
};
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

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
