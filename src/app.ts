import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { keepPost } from './accounts/pending-posts/routes.ts';
import { SESSION_MS } from './accounts/accounts.ts';
import { createSidebar } from './chat/conversations/sidebar.ts';
import type { Features } from './features.ts';
import { notFound } from './lib/errors.ts';
import type { Services } from './services.ts';
import { refusalRecorder } from './web/audit-actor.ts';
import { createAssets, type Assets } from './web/assets.ts';
import { createAuthors } from './web/author.ts';
import { compress } from './web/compress.ts';
import { chooseLanguage, giveRequestId } from './web/context.ts';
import { limitBodyTime } from './web/body-timeout.ts';
import { cors } from './web/cors.ts';
import { authenticate } from './web/authenticate.ts';
import { handleErrors } from './web/errors.ts';
import { requireKnownMethod } from './web/guards.ts';
import { securityHeaders } from './web/headers.ts';
import { createTranslations } from './web/i18n.ts';
import { readBody } from './web/body.ts';
import { isHttps, requireOwnHost, requireSameOrigin } from './web/origin.ts';
import { createRateLimits, limitBodies } from './web/rate-limits.ts';
import { measureRequests } from './web/metrics.ts';
import { createPages } from './web/page.ts';
import { createRegistry, type Registry } from './web/registry.ts';
import { logRequests } from './web/request-log.ts';
import { cookieName, createAuthenticator, sessions, type Authenticator } from './web/session.ts';
import { createTemplates } from './web/templates.ts';
import { declareRoutes } from './declare-routes.ts';

/** Which parts of Salon have an entry in the navigation, in order. */
const nav = [
  { id: 'chat', url: '/', label: 'nav.chat' },
  { id: 'images', url: '/images', label: 'nav.images' },
  { id: 'history', url: '/history', label: 'nav.history' },
  { id: 'admin', url: '/admin', label: 'nav.admin', role: 'admin' },
] as const;

/** What helps against an error, where there is something to click. */
const errorActions = { quota_reached: { url: '/trash?empty=1', label: 'trash.empty' } };
const signInPath = '/login';

/** The Express app: the layers that every request passes, then the route that was found for it. */
export function createApp(services: Services, features: Features, options: { built: boolean }) {
  const { accounts, audit, models } = features;
  const { calendar, config, formats, log, now } = services;
  const assets = createAssets(config.root, options.built);
  const render = createTemplates(join(config.root, 'views'), {
    reread: config.mode === 'development',
    strict: config.mode === 'test',
  });
  const sidebar = createSidebar({ chat: features.chat, formats, calendar, now });
  const frame = { nav, errorActions, signInPath, sidebar, connection: () => models.connection() };
  const authors = createAuthors(services.sessionSecret);
  const pages = createPages({ render, assets, authors, formats, frame });
  const authenticator = createAuthenticator((id) => accounts.find(id));
  const refused = refusalRecorder(audit);
  const routes = declareRoutes(services, features, { pages, authenticator });
  const registry = createRegistry(routes, { signInPath, keepPost: keepPost({ accounts, authors }) });
  const app = express();

  app.disable('x-powered-by');
  // Express's own last resort shows stacks unless it believes itself in production.
  app.set('env', 'production');
  app.set('etag', false);
  app.set('trust proxy', config.trustProxy);
  app.set('query parser', 'simple');
  useLayers(app, services, features, { assets, authenticator, refused, registry });
  app.use(registry.dispatch);
  app.use((_req, _res, next) => next(notFound()));
  app.use(handleErrors({ log, renderErrorPage: pages.sendError, errorAction: pages.errorAction, refused }));
  return { app, routes: registry.routes };
}

type LayerParts = {
  assets: Assets;
  authenticator: Authenticator;
  refused: ReturnType<typeof refusalRecorder>;
  registry: Registry;
};

/** One line for each layer, in the order in which a request passes them. */
function useLayers(app: Express, services: Services, features: Features, parts: LayerParts): void {
  const { config, log, metrics, newId } = services;
  const { accounts, usage } = features;
  const { assets, authenticator, refused, registry } = parts;
  const rates = createRateLimits({ take: usage.take, refused });
  const https = isHttps(config);
  const setLanguage = chooseLanguage(createTranslations({ isStrict: config.mode === 'test' }));
  app.use(giveRequestId(newId));
  app.use(registry.find);
  app.use(setLanguage);
  app.use(securityHeaders({ https }));
  app.use('/assets', assets.serve);
  app.use(logRequests(log));
  app.use(measureRequests(metrics));
  app.use(limitBodyTime);
  app.use(registry.dispatchProbes);
  app.use(requireOwnHost(config));
  app.use(requireKnownMethod);
  app.use(cors(config.corsOrigins));
  app.use(requireSameOrigin(config));
  app.use(compress());
  app.use(identify(services, accounts, authenticator, rates.strangers));
  // Once more: by now the language of the account is known.
  app.use(setLanguage);
  app.use(rates.requests);
  app.use(rates.generations);
  app.use(limitBodies(usage));
  app.use(readBody);
}

/** Identifies the caller by a session, a token or a key. `limitUnknown` counts invalid bearers. */
function identify(
  { config, sessionSecret: secret, now }: Services,
  accounts: Features['accounts'],
  authenticator: Authenticator,
  limitUnknown: RequestHandler,
): RequestHandler {
  const https = isHttps(config);
  const { sessions: keeper } = accounts;
  const session = sessions({ keeper, secret, https, lifetimeMs: SESSION_MS, authenticator, now });
  return authenticate({ session, cookieName: cookieName(https), access: accounts, limitUnknown });
}
