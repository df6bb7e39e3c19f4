import type { RequestHandler } from 'express';

/** Pure pages, which no program of another origin has business with. */
const pageAddress = /^\/((login|logout|register|reset|settings|admin)(\/|$)|$)/i;
/** These give and take tokens in the body, and look at no cookie. */
const tokenAddress = /^\/api\/(register|login|refresh|logout)\/?$/i;

const preflight = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Last-Event-ID',
  'Access-Control-Max-Age': '600',
};
/** Headers of ours that a script of another origin may read. */
const exposed = 'X-Request-Id, Retry-After, Content-Disposition';

/**
 * Lets scripts of the listed origins call the JSON API. Cookies never count there (`Access-Control-Allow-Credentials` is
 * not sent), so such a script needs a bearer token. Other origins get no header at all, and their preflights no answer.
 */
export function cors(origins: ReadonlySet<string>): RequestHandler {
  if (origins.size === 0) return (_req, _res, next) => next();
  return (req, res, next) => {
    if (pageAddress.test(req.path)) return next();
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

/** True for the addresses where a listed origin may write without a bearer, since that is where it gets one. */
export const givesTokens = (path: string) => tokenAddress.test(path);
