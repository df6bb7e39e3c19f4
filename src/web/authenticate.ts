import type { Request, RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';
import type { Credential, User } from './context.ts';
import { storing } from './session.ts';

/** Besides being told, open streams look again this often: the command line changes the database and tells nobody. */
const LOOK_AGAIN_MS = 3000;

export type Access = {
  /** The person, unless suspended or deleted. */
  find(userId: string): Promise<User | undefined>;
  /** Whose bearer it is, and what it is for; undefined when it opens nothing (any more). */
  findBearer(bearer: string): Promise<(Credential & { userId: string }) | undefined>;
  /** True while the credential can still be used. */
  isOpen(userId: string, credential: Credential): Promise<boolean>;
  /** Calls back whenever something was taken away from the person. @returns a function that ends it */
  onRevoked(userId: string, listener: () => void): () => void;
};

type Options = {
  /** Handlers of the cookie session. */
  session: RequestHandler[];
  cookieName: string;
  access: Access;
  /** Counts requests whose bearer opens nothing against their IP address. */
  limitUnknown: RequestHandler;
};

/**
 * Identifies the caller by the bearer of the `Authorization` header, else by the session cookie, never by both. A wrong
 * bearer is 401 everywhere. A read without our cookie skips the session, and token routes skip all of this.
 */
export function authenticate({ session, cookieName, access, limitUnknown }: Options): RequestHandler {
  const withSession = inTurn(session);
  const cookieStart = `${cookieName}=`;
  const watchAccess = createWatch(access);

  const admit = async (req: Request, bearer: string): Promise<boolean> => {
    const found = await access.findBearer(bearer);
    const user = found && (await access.find(found.userId));
    if (!found || !user) return false;
    req.user = user;
    req.credential = { kind: found.kind, id: found.id, scopes: found.scopes };
    return true;
  };

  const needsSession = (req: Request) =>
    !isRead(req) || req.headers.cookie?.includes(cookieStart) || req.policy.session === 'ends';

  return (req, res, next) => {
    req.watchAccess = watchAccess;
    if (req.policy.tokens) return next();
    const bearer = bearerOf(req);
    if (bearer === undefined) return needsSession(req) ? withSession(req, res, next) : next();
    // These make or end a session, which a request with a bearer does not have.
    if (req.policy.session) return next(new AppError('session_needed'));
    storing(admit(req, bearer)).then((isAdmitted) => {
      if (!isAdmitted) {
        res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
        return void limitUnknown(req, res, (error?: unknown) => next(error ?? new AppError('unauthorized')));
      }
      next();
    }, next);
  };
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';

/** What stands after `Bearer` in the `Authorization` header; undefined for none and for other schemes. */
export function bearerOf(req: Request): string | undefined {
  const { authorization } = req.headers;
  const match = authorization === undefined ? null : /^bearer(?: +(.*))?$/i.exec(authorization);
  // A header without a token still says that no cookie is meant.
  return match ? (match[1] ?? '').trim() : undefined;
}

/** Ends an open stream soon after its reader's credential is revoked or the person's role changes. */
function createWatch(access: Access) {
  return ({ user, credential }: Express.Request, ended: () => void): (() => void) => {
    if (!user || !credential) return () => undefined;
    const mayStay = async () => {
      const [person, isOpen] = [await access.find(user.id), await access.isOpen(user.id, credential)];
      return isOpen && person?.role === user.role;
    };
    const look = () => void mayStay().then((may) => may || ended(), ended);
    const timer = setInterval(look, LOOK_AGAIN_MS).unref();
    const unsubscribe = access.onRevoked(user.id, look);
    // What was taken away while the stream was being opened was told to nobody.
    look();
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  };
}

function inTurn(handlers: RequestHandler[]): RequestHandler {
  return (req, res, next) => {
    let position = 0;
    const step = (error?: unknown) => {
      const handler = error ? undefined : handlers[position++];
      if (handler) void handler(req, res, step);
      else next(error);
    };
    step();
  };
}
