import type { RequestHandler } from 'express';

const preflight = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Last-Event-ID',
  'Access-Control-Max-Age': '600',
};
/** Headers of ours that a script of another origin may read. */
const exposed = 'X-Request-Id, Retry-After, Content-Disposition';

/**
 * Lets scripts of the listed origins call the JSON API. Cookies never count there
 * (`Access-Control-Allow-Credentials` is not sent), so such a script needs a bearer token. Other origins get no header
 * at all, and their preflights no answer.
 */
export function cors(origins: ReadonlySet<string>): RequestHandler {
  if (origins.size === 0) return (_req, _res, next) => next();
  return (req, res, next) => {
    if (req.policy.cors === false) return next();
    res.vary('Origin');
    const { origin } = req.headers;
    if (origin === undefined || !origins.has(origin)) return next();
    res.setHeader('Access-Control-Allow-Origin', origin);
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) {
      res.setHeader('Access-Control-Expose-Headers', exposed);
      return next();
    }
    for (const [name, value] of Object.entries(preflight)) res.setHeader(name, value);
    res.status(204).end();
  };
}
