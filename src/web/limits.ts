import type { Request, RequestHandler, Response } from 'express';
import { addressKey } from '../lib/address.ts';
import { AppError } from '../lib/errors.ts';

/** Which limit a minute, and what is left of it. A limit of 0 is none. */
export type Room = { isAllowed: boolean; limit: number; remaining: number; resetSeconds: number };
export type RateName = 'requests_address' | 'requests_account' | 'requests_key' | 'generations_account';
/** Counts one request of `who` against the limit of that name. */
export type Take = (name: RateName, who: string) => Room;

const WINDOW_SECONDS = 60;
const isRead = ({ method }: Request) => ['GET', 'HEAD', 'OPTIONS'].includes(method);

/**
 * Requests a minute over all doors: every one of an address that is not signed in, every one with a personal API key,
 * every write of an account, whichever way it came in. To be put after the credentials. Fails with `limited`.
 */
export function limitRequests(take: Take): RequestHandler {
  return (req, res, next) => {
    const { user, credential } = req;
    if (!user) return next(refusal(res, take, strangerOf(req)));
    const byKey =
      credential?.kind === 'key' ? ({ name: 'requests_key', who: credential.id } as const) : undefined;
    const byAccount = isRead(req) ? undefined : ({ name: 'requests_account', who: user.id } as const);
    next((byKey && refusal(res, take, byKey)) ?? (byAccount && refusal(res, take, byAccount)));
  };
}

/** The same for what is answered before it is known who asks. */
export function limitStrangers(take: Take): RequestHandler {
  return (req, res, next) => next(refusal(res, take, strangerOf(req)));
}

/**
 * Answers and pictures begun by an account, a minute. Each answer says how much is left, in the header fields of the
 * IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-08).
 */
export function limitGenerations(take: Take): RequestHandler {
  return (req, res, next) =>
    next(req.user && refusal(res, take, { name: 'generations_account', who: req.user.id, isTold: true }));
}

/** Refuses a body that says to be larger than `maxBytes` before any of it is read; each reader has its own limit too. */
export function limitBodies(maxBytes: () => number): RequestHandler {
  return (req, _res, next) => {
    const length = Number(req.headers['content-length'] ?? 0);
    next(length > maxBytes() ? new AppError('too_large') : undefined);
  };
}

type Rule = { name: RateName; who: string; isTold?: boolean };

const strangerOf = (req: Request): Rule => ({ name: 'requests_address', who: addressKey(req.ip ?? '') });

function refusal(res: Response, take: Take, { name, who, isTold }: Rule): AppError | undefined {
  const { isAllowed, limit, remaining, resetSeconds } = take(name, who);
  if (limit > 0 && (isTold || !isAllowed)) {
    res.setHeader('RateLimit-Policy', `"${name}";q=${limit};w=${WINDOW_SECONDS}`);
    res.setHeader('RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`);
  }
  if (isAllowed) return undefined;
  const params = { seconds: resetSeconds, minutes: Math.ceil(resetSeconds / 60) };
  return new AppError('limited', { retryAfterSeconds: resetSeconds, params });
}
