import compression from 'compression';
import type { RequestHandler } from 'express';

/** Compresses answers for those who take it; the others do not pay for the wrapping of each answer. */
export function compress(): RequestHandler {
  const wrap = compression();
  return (req, res, next) => {
    if (req.headers['accept-encoding'] !== undefined) return wrap(req, res, next);
    res.vary('Accept-Encoding');
    next();
  };
}
