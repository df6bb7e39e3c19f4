import type { Request, RequestHandler, Response } from 'express';
import { ipKey } from '../lib/ip.ts';
import { AppError } from '../lib/errors.ts';

/** Which limit a minute, and what is left of it. A limit of 0 is none. */
export type Room = { isAllowed: boolean; limit: number; remaining: number; resetSeconds: number };
export type RateName = 'requests_ip' | 'requests_account' | 'requests_key' | 'generations_account';
/** Counts one request of `who` against the limit of that name. */
export type Take = (name: RateName, who: string) => Room;

type Deps = {
  take: Take;
  /** Told of each refusal, for the audit log. */
  refused(req: Request, error: AppError): void;
};
type Rule = { name: RateName; who: string; isTold?: boolean };

const WINDOW_SECONDS = 60;
const isRead = ({ method }: Request) => ['GET', 'HEAD', 'OPTIONS'].includes(method);
const strangerOf = (req: Request): Rule => ({ name: 'requests_ip', who: ipKey(req.ip ?? '') });

/** Limits a minute, however somebody is signed in. What is beyond them fails with `limited`. */
export function createRateLimits({ take, refused }: Deps) {
  function refusal(req: Request, res: Response, { name, who, isTold }: Rule): AppError | undefined {
    const { isAllowed, limit, remaining, resetSeconds } = take(name, who);
    if (limit > 0 && (isTold || !isAllowed)) {
      res.setHeader('RateLimit-Policy', `"${name}";q=${limit};w=${WINDOW_SECONDS}`);
      res.setHeader('RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`);
    }
    if (isAllowed) return undefined;
    const params = { seconds: resetSeconds, minutes: Math.ceil(resetSeconds / 60) };
    const error = new AppError('limited', { retryAfterSeconds: resetSeconds, params });
    refused(req, error);
    return error;
  }

  /** Requests from an IP address that nobody is known to be behind. */
  const strangers: RequestHandler = (req, res, next) => next(refusal(req, res, strangerOf(req)));

  /**
   * Counts, without a signed-in account, every write and every request with an invalid bearer by IP address; every
   * request with a personal API key; every write of an account, however signed in. Runs after `authenticate`.
   */
  const requests: RequestHandler = (req, res, next) => {
    const { user, credential } = req;
    if (!user) {
      const isPlainRead = isRead(req) && req.headers.authorization === undefined;
      return isPlainRead ? next() : strangers(req, res, next);
    }
    const rules: Rule[] = [];
    if (credential?.kind === 'key') rules.push({ name: 'requests_key', who: credential.id });
    if (!isRead(req)) rules.push({ name: 'requests_account', who: user.id });
    for (const rule of rules) {
      const error = refusal(req, res, rule);
      if (error) return next(error);
    }
    next();
  };

  /**
   * Replies and images begun by an account. The response says how much is left, in the header fields of the IETF draft
   * "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-08).
   */
  const generations: RequestHandler = (req, res, next) => {
    if (!req.policy.paid || !req.user) return next();
    next(refusal(req, res, { name: 'generations_account', who: req.user.id, isTold: true }));
  };

  return { strangers, requests, generations };
}

/**
 * Refuses a body whose `Content-Length` exceeds the limit in force or that of the route, before any of it is read; each
 * reader has its own limit too.
 */
export function limitBodies(limits: { uploadBytes(): number; importBytes(): number }): RequestHandler {
  return (req, _res, next) => {
    const length = Number(req.headers['content-length'] ?? 0);
    const { maxBytes = Infinity, isArchive = false } = req.policy.body ?? {};
    const most = Math.min(isArchive ? limits.importBytes() : limits.uploadBytes(), maxBytes);
    next(length > most ? new AppError('too_large') : undefined);
  };
}
