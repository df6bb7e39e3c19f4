import type { Request, RequestHandler } from 'express';
import type { Log } from '../platform/log.ts';

/** One line for each finished request: method, path without query, status, milliseconds, request id, person's id. */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const start = process.hrtime.bigint();
    const { method } = req;
    const path = loggedPath(req);
    res.once('close', () => {
      const ms = Number((process.hrtime.bigint() - start) / 10_000n) / 100;
      const fields = {
        method,
        path,
        status: res.statusCode,
        ms,
        request_id: req.requestId,
        user: req.user?.id,
      };
      log.info(res.writableFinished ? 'request' : 'request cut off', fields);
    });
    next();
  };
}

/**
 * The path without what opens something by itself: a one-time link is a secret, and logs live long. Its token is left
 * out too where the path around it was mistyped or a proxy put something before it.
 */
export const loggedPath = ({ path, policy }: Pick<Request, 'path' | 'policy'>) =>
  (policy.secretPath ? path.replace(/^(\/+[^/]+)\/.*$/, '$1/…') : path).replace(
    /(?<=\/)[\w-]{43}(?=\/|$)/g,
    '…',
  );
