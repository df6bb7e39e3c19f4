import type { RequestHandler } from 'express';

/** How long a body may take to arrive. */
const MAX_BODY_MS = 120_000;

/**
 * Cuts a request whose body comes too slowly, as Node would do by itself if all routes had the same limit: an archive of
 * gigabytes takes longer than any form, and its route says so.
 */
export const limitBodyTime: RequestHandler = (req, _res, next) => {
  const hasBody =
    req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  if (hasBody && !req.policy.body?.isArchive) {
    const timer = setTimeout(() => req.complete || req.socket.destroy(), MAX_BODY_MS).unref();
    req.once('close', () => clearTimeout(timer));
  }
  next();
};
