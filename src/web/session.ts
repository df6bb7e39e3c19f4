import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import passport from 'passport';
import type { Visitor } from './context.ts';

/** A session is written again at most this often, so that reading a page makes no durable write. */
const RENEW_AFTER_MS = 5 * 60_000;

export type SessionKeeper = {
  find(id: string): Promise<string | undefined>;
  save(id: string, content: string, userId: string | null): Promise<unknown>;
  end(id: string): Promise<unknown>;
};

type Options = {
  keeper: SessionKeeper;
  secret: string;
  https: boolean;
  lifetimeMs: number;
  findVisitor(id: string): Promise<Visitor | undefined>;
  now(): number;
};

/** Cookie session over our own rows, and the person behind it. A fault of the store is an error, never "signed in". */
export function sessions(options: Options): RequestHandler[] {
  passport.serializeUser<string>((user, done) => done(null, user.id));
  passport.deserializeUser<string>((id, done) => {
    options.findVisitor(id).then(
      (found) => done(null, found ?? false),
      (error: unknown) => done(error),
    );
  });
  return [
    trustBaseUrl(options.https),
    session({
      name: cookieName(options.https),
      secret: options.secret,
      resave: false,
      saveUninitialized: false,
      store: createStore(options.keeper),
      cookie: { httpOnly: true, sameSite: 'lax', path: '/', secure: options.https, maxAge: options.lifetimeMs },
    }),
    passport.session(),
    renew(options.now),
  ];
}

export const cookieName = (https: boolean) => (https ? '__Host-salon' : 'salon');

function createStore(keeper: SessionKeeper): session.Store {
  const settle = <T>(work: Promise<T>, done: ((error?: unknown, value?: T) => void) | undefined) => {
    work.then(
      (value) => done?.(null, value),
      (error: unknown) => done?.(error),
    );
  };
  return Object.assign(Object.create(session.Store.prototype) as session.Store, {
    get: (id: string, done: (error: unknown, content?: session.SessionData | null) => void) =>
      settle(
        keeper.find(id).then((content) => (content ? (JSON.parse(content) as session.SessionData) : null)),
        done as (error?: unknown, content?: session.SessionData | null) => void,
      ),
    set: (id: string, content: session.SessionData, done?: (error?: unknown) => void) =>
      settle(keeper.save(id, JSON.stringify(content), userIdOf(content)), done),
    destroy: (id: string, done?: (error?: unknown) => void) => settle(keeper.end(id), done),
    // Renewal is a change of `renewedAt`, which saves the session and sends the cookie anew.
    touch: (_id: string, _content: session.SessionData, done?: () => void) => done?.(),
  });
}

function userIdOf(content: session.SessionData): string | null {
  const { passport: person } = content as { passport?: { user?: string } };
  return person?.user ?? null;
}

function renew(now: () => number): RequestHandler {
  return (req, _res, next) => {
    if (req.user && now() - (req.session.renewedAt ?? 0) > RENEW_AFTER_MS) req.session.renewedAt = now();
    next();
  };
}

/**
 * With an https BASE_URL the connection counts as secure even when no proxy is trusted: the cookie would otherwise be
 * left out without a word, and signing in would loop.
 */
function trustBaseUrl(https: boolean) {
  return (req: Request, _res: Response, next: NextFunction) => {
    if (https && !req.secure) Object.defineProperty(req, 'secure', { value: true });
    next();
  };
}
