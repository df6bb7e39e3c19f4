import type { NextFunction, Request, Response } from 'express';
import { iso } from '../lib/time.ts';
import type { User } from '../lib/user.ts';
import type { Translate } from './i18n.ts';

export type { User } from '../lib/user.ts';

/** Under another name, since Express has a `User` of its own, which it extends. */
type SignedInUser = User;

/**
 * What a request was let in by. `id` names it in lists and in the audit log (never the secret itself); `scopes` is what a
 * key is for, null for everything.
 */
export type Credential = { kind: 'session' | 'token' | 'key'; id: string; scopes: readonly string[] | null };

declare global {
  namespace Express {
    interface User extends SignedInUser {}
    interface Request {
      /** There whenever `user` is. */
      credential?: Credential;
      /** Calls `ended` once what let the request in is gone. @returns a function that stops watching */
      watchAccess?: (req: Express.Request, ended: () => void) => () => void;
      /** Random per request; the answer's `X-Request-Id` and the log line's `request_id`. */
      requestId: string;
      language: 'en' | 'de';
      t: Translate;
    }
  }
}

declare module 'express-session' {
  interface SessionData {
    /** When the session was last written, for the sliding 30 days. */
    renewedAt?: number;
    /** The id by which its person sees it in lists; the one in the cookie is never shown. */
    publicId: string;
    /** Where it was opened; only until it is stored. */
    opened: { userAgent: string | null; ip: string | null };
  }
}

/** Gives each request its id. Must come first. */
export function giveRequestId(newId: () => string) {
  return (req: Request, res: Response, next: NextFunction) => {
    req.requestId = newId();
    res.setHeader('X-Request-Id', req.requestId);
    next();
  };
}

/** Picks the language: the account's, else the browser's first known one. Must come after the session. */
export function chooseLanguage(words: Record<'en' | 'de', Translate>) {
  return (req: Request, res: Response, next: NextFunction) => {
    const accepted = req.user?.language ?? req.acceptsLanguages('en', 'de');
    req.language = accepted === 'de' ? 'de' : 'en';
    req.t = words[req.language];
    if (!req.user) res.vary('Accept-Language');
    next();
  };
}

/** The signed-in person. On a route whose policy asks for one it is always there. */
export function userOf(req: Request): User {
  if (!req.user) throw new Error('a route that needs a person is open to anyone');
  return req.user;
}

/** A person as JSON: what its owner may see. */
export const userJson = ({ id, username, role, createdAt }: User) => ({
  id,
  username,
  role,
  created_at: iso(createdAt),
});

/** The signed-in person as the one whose work a request begins, with how they were signed in. */
export function actorOf(req: Request): User & { authMethod: Credential['kind']; keyId: string | null } {
  const { kind = 'session', id = '' } = req.credential ?? {};
  return { ...userOf(req), authMethod: kind, keyId: kind === 'key' ? id : null };
}

/** True when the answer should be a page: a browser asks, or a form was posted; a JSON body asks for JSON by itself. */
export function wantsPage(req: Request): boolean {
  if (req.is('json') || req.policy.format === 'json') return false;
  const accept = req.headers.accept ?? '';
  if (accept.includes('text/html')) return true;
  if (accept.includes('json')) return false;
  return Boolean(req.is(['urlencoded', 'multipart']));
}

/** True when a client names JSON and no page: for paths that are pages by themselves. */
export function namesJsonOnly(req: Request): boolean {
  const accept = req.headers.accept ?? '';
  return Boolean(req.is('json')) || (accept.includes('json') && !accept.includes('text/html'));
}

/** True when our own script asks for a piece of a page instead of the whole. */
export function wantsFragment(req: Request): boolean {
  return req.headers['x-fragment'] === '1';
}
