import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { AppError } from '../lib/errors.ts';
import { bearerOf } from './authenticate.ts';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
const nameOf = (host: string | undefined) => (host ?? '').toLowerCase().replace(/:\d+$/, '');

/** True when a `Host` header names this machine for itself. */
export const isLoopbackHost = (host: string | undefined) => loopbackNames.includes(nameOf(host));

/** Refuses with 421 a `Host` that is not ours: a foreign name that was made to point here (DNS rebinding). */
export function requireOwnHost({
  host,
  baseUrl,
}: {
  host: string;
  baseUrl: string | undefined;
}): RequestHandler {
  const names = new Set([...loopbackNames, host.toLowerCase(), `[${host.toLowerCase()}]`]);
  if (baseUrl) names.add(new URL(baseUrl).hostname.toLowerCase());
  return (req, _res, next) => {
    next(names.has(nameOf(req.headers.host)) ? undefined : new AppError('misdirected'));
  };
}

/**
 * Refuses writes that come from another site, by the browser's own headers: `Sec-Fetch-Site`, else `Origin`. A request
 * with neither comes from no browser and passes. So does one with a bearer, since then no cookie speaks for it, and one
 * of a listed origin that wants a token.
 */
export function requireSameOrigin({
  baseUrl,
  corsOrigins,
}: {
  baseUrl: string | undefined;
  corsOrigins: ReadonlySet<string>;
}): RequestHandler {
  const wantsToken = ({ policy, headers }: Request) =>
    policy.tokens && headers.origin !== undefined && corsOrigins.has(headers.origin);
  return (req: Request, _res: Response, next: NextFunction) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS';
    const passes = isRead || isFromHere(req, baseUrl) || bearerOf(req) !== undefined || wantsToken(req);
    next(passes ? undefined : new AppError('cross_site'));
  };
}

/** False when the browser says that another site sent the request. */
export function isFromHere(req: Request, baseUrl: string | undefined): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = req.headers;
  if (origin === undefined) return true;
  if (baseUrl && origin === new URL(baseUrl).origin) return true;
  // Whoever can change plain http on the way could otherwise write as its pages.
  if (baseUrl?.startsWith('https:') && origin === `http://${new URL(baseUrl).host}`) return false;
  return /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === req.headers.host;
}

/** Where people reach Salon, for links. The Host of the request is one of our own names, or it would have been refused. */
export const originOf = (req: Request, baseUrl: string | undefined) =>
  baseUrl ?? `${req.protocol}://${req.get('host') ?? ''}`;

/** Whether people reach Salon over https. */
export const isHttps = ({ baseUrl }: { baseUrl: string | undefined }): boolean =>
  baseUrl?.startsWith('https:') ?? false;
