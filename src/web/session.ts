import type { NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import passport from 'passport';
import { AppError, isAppError } from '../lib/errors.ts';
import type { User } from './context.ts';

/** A session is written again at most this often, so that reading a page makes no durable write. */
const RENEW_AFTER_MS = 5 * 60_000;

/** Where a session was opened. */
export type Opened = { userAgent: string | null; ip: string | null };

type Found = { content: string; publicId: string; renewedAt: number };

export type SessionKeeper = {
  /** `publicId` names the session where its id must not be seen; `renewedAt` is in milliseconds. */
  find(id: string): Promise<Found | undefined>;
  begin(id: string, content: string, opened: Opened & { userId: string | null }): Promise<unknown>;
  /** Moves the end of the session only; must change nothing when the session has ended meanwhile. */
  renew(id: string): Promise<unknown>;
  end(id: string): Promise<unknown>;
};

export type Authenticator = passport.Authenticator;

type Options = {
  keeper: SessionKeeper;
  secret: string;
  https: boolean;
  lifetimeMs: number;
  authenticator: Authenticator;
  now(): number;
};

/** Who signs people in, and how a session names its person. Passport's own default one is shared by the whole process. */
export function createAuthenticator(findVisitor: (id: string) => Promise<User | undefined>): Authenticator {
  const authenticator = new passport.Passport();
  authenticator.serializeUser(
    (req: Request, user: Express.User, done: (error: unknown, id: string) => void) => {
      req.session.opened = deviceOf(req);
      done(null, user.id);
    },
  );
  authenticator.deserializeUser<string>((id, done) => {
    storing(findVisitor(id)).then(
      (found) => done(null, found ?? false),
      (error: unknown) => done(error),
    );
  });
  return authenticator;
}

/** Cookie session over our own rows, and the person behind it. A fault of the store is 503, never "signed out". */
export function sessions(options: Options): RequestHandler[] {
  return [
    trustBaseUrl(options.https),
    session({
      name: cookieName(options.https),
      secret: options.secret,
      resave: false,
      saveUninitialized: false,
      store: createStore(options.keeper, options.now),
      cookie: {
        httpOnly: true,
        sameSite: 'lax',
        path: '/',
        secure: options.https,
        maxAge: options.lifetimeMs,
      },
    }),
    options.authenticator.session() as RequestHandler,
    admit(options.now),
  ];
}

/** Where a request comes from, for the list of what is signed in. Longer descriptions of a browser are cut. */
export function deviceOf(req: Request): Opened {
  return { userAgent: req.headers['user-agent']?.slice(0, 300) ?? null, ip: req.ip ?? null };
}

export const cookieName = (https: boolean) => (https ? '__Host-salon' : 'salon');

function createStore(keeper: SessionKeeper, now: () => number): session.Store {
  const settle = <T>(work: Promise<T>, done: ((error?: unknown, value?: T) => void) | undefined) => {
    storing(work).then(
      (value) => done?.(null, value),
      (error: unknown) => done?.(error),
    );
  };
  return Object.assign(Object.create(session.Store.prototype) as session.Store, {
    get: (id: string, done: (error: unknown, content?: session.SessionData | null) => void) =>
      settle(
        keeper.find(id).then((found) => (found ? sessionOf(found) : null)),
        done,
      ),
    // Only a session without a time of renewal is new. Saving any other one must not bring back a row that was deleted
    // while this request ran: a sign-out would be undone. A new one is saved twice, by Passport and at the end of the
    // answer, and `content` is the session itself: hence the time is put into it. What a session keeps is written once,
    // when it begins: requests at the same time would overwrite each other's.
    set: (id: string, content: session.SessionData, done?: (error?: unknown) => void) => {
      const isNew = content.renewedAt === undefined;
      if (!isNew) return settle(keeper.renew(id), done);
      content.renewedAt = now();
      settle(keeper.begin(id, textOf(content), openedOf(content)), done);
    },
    destroy: (id: string, done?: (error?: unknown) => void) => settle(keeper.end(id), done),
    // Renewal is a change of `renewedAt`, which saves the session and sends the cookie anew.
    touch: (_id: string, _content: session.SessionData, done?: () => void) => done?.(),
  });
}

function sessionOf({ content, publicId, renewedAt }: Found): session.SessionData {
  return { ...(JSON.parse(content) as session.SessionData), publicId, renewedAt };
}

/** What is kept of a session as text; these three have columns of their own. */
const textOf = (content: session.SessionData) =>
  JSON.stringify({ ...content, opened: undefined, publicId: undefined, renewedAt: undefined });

/** Whatever goes wrong below, the visitor gets "not available right now". */
export function storing<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw isAppError(cause) ? cause : new AppError('unavailable', { cause, retryAfterSeconds: 5 });
  });
}

function openedOf(content: session.SessionData): Opened & { userId: string | null } {
  const { passport: person, opened } = content as { passport?: { user?: string }; opened?: Opened };
  return { userId: person?.user ?? null, ...(opened ?? { userAgent: null, ip: null }) };
}

/** Notes what let the person in, and renews the session when it is time. */
function admit(now: () => number): RequestHandler {
  return (req, _res, next) => {
    if (!req.user) return next();
    req.credential = { kind: 'session', id: req.session.publicId ?? '', scopes: null };
    if (now() - (req.session.renewedAt ?? 0) > RENEW_AFTER_MS) req.session.renewedAt = now();
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
