import { timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../lib/errors.ts';
import type { Metrics } from '../platform/metrics.ts';
import { isLoopbackHost } from './origin.ts';
import { createRoutes, type Routes } from './routes.ts';

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Observes each request by the pattern of its route, never by its path. */
export function measureRequests(metrics: Metrics): RequestHandler {
  const open = new Set<Response>();
  const isStream = (res: Response) =>
    String(res.getHeader('Content-Type') ?? '').startsWith('text/event-stream');
  metrics.gauge(
    'salon_event_streams',
    'Event streams that are open',
    () => [...open].filter(isStream).length,
  );
  return (req, res, next) => {
    const begun = performance.now();
    open.add(res);
    res.once('close', () => {
      open.delete(res);
      const path = (req.route as { path?: string | string[] } | undefined)?.path ?? 'other';
      const labels = { method: req.method, route: String(path), status: String(res.statusCode) };
      metrics.request(labels, (performance.now() - begun) / 1000);
    });
    next();
  };
}

/**
 * `/metrics` for Prometheus: with the token when one is set, else only for this machine, and then not through a proxy.
 * To others the path does not exist.
 */
export function metricsRoutes(metrics: Metrics, token: string | undefined): Routes {
  const routes = createRoutes();
  routes.get('/metrics', { who: 'anyone', probe: true }, async (req, res) => {
    if (token ? !hasToken(req, token) : !isLocal(req)) throw notFound();
    const { type, body } = await metrics.text();
    res.setHeader('Content-Type', type);
    res.send(body);
  });
  return routes;
}

function hasToken(req: Request, token: string): boolean {
  const given = Buffer.from(req.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function isLocal(req: Request): boolean {
  const forwarded = [
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-real-ip',
    'via',
  ];
  return (
    loopback.has(req.socket.remoteAddress ?? '') &&
    // A page of a foreign name that was made to point here (DNS rebinding) comes from this machine too.
    isLoopbackHost(req.headers.host) &&
    forwarded.every((name) => req.headers[name] === undefined)
  );
}
