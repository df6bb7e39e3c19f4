import { join } from 'node:path';
import express, { type Express } from 'express';
import { accountRoutes } from './accounts/routes.ts';
import { SESSION_MS } from './accounts/accounts.ts';
import { settingsRoutes } from './accounts/settings-routes.ts';
import { createChatPages } from './chat/page.ts';
import { replyRoutes } from './chat/reply-routes.ts';
import { chatRoutes } from './chat/routes.ts';
import { createSidebar } from './chat/sidebar.ts';
import type { Features } from './features.ts';
import { historyRoutes } from './history/routes.ts';
import { imageJobRoutes } from './images/job-routes.ts';
import { imageRoutes } from './images/routes.ts';
import { legacyRoutes } from './legacy/routes.ts';
import { notFound } from './lib/errors.ts';
import type { Services } from './services.ts';
import { createAssets } from './web/assets.ts';
import { compress } from './web/compress.ts';
import { chooseLanguage, giveRequestId } from './web/context.ts';
import { handleErrors } from './web/errors.ts';
import { requireKnownMethod } from './web/guards.ts';
import { securityHeaders } from './web/headers.ts';
import { healthRoutes } from './web/health.ts';
import { createWords } from './web/i18n.ts';
import { readBody } from './web/input.ts';
import { requireOwnHost, requireSameOrigin } from './web/origin.ts';
import { measureRequests, metricsRoute } from './web/metrics.ts';
import { createPages } from './web/page.ts';
import { logRequests } from './web/request-log.ts';
import { createAuthenticator, sessions } from './web/session.ts';
import { createTemplates } from './web/templates.ts';

/** Which parts of Salon have an entry in the navigation, in order. */
const nav = [
  { id: 'chat', url: '/', label: 'nav.chat' },
  { id: 'images', url: '/images', label: 'nav.images' },
  { id: 'history', url: '/history', label: 'nav.history' },
];

/** The Express app: one line for each layer that a request passes, then one for each feature. */
export function createApp(services: Services, features: Features, options: { built: boolean }): Express {
  const { config, log, metrics, newId, now, files } = services;
  const { accounts, chat, images, jobs, models, history } = features;
  const https = config.baseUrl?.startsWith('https:') ?? false;
  const words = createWords();
  const assets = createAssets(config.root, options.built);
  const render = createTemplates(join(config.root, 'views'), { reread: config.mode === 'development' });
  const sidebar = createSidebar({ chat, now });
  const pages = createPages({
    render,
    assets,
    frame: { nav, sidebar, connection: () => models.connection() },
  });
  const chatPages = createChatPages({ chat, images, models, pages, newId });
  const authenticator = createAuthenticator((id) => accounts.find(id));
  const app = express();

  app.disable('x-powered-by');
  // Express's own last resort shows stacks unless it believes itself in production.
  app.set('env', 'production');
  app.set('etag', false);
  app.set('trust proxy', config.trustProxy);
  app.set('query parser', 'simple');
  app.use(giveRequestId(newId));
  app.use(chooseLanguage(words));
  app.use(securityHeaders({ https }));
  app.use('/assets', assets.serve);
  app.use(logRequests(log));
  app.use(measureRequests(metrics));
  app.use(healthRoutes({ database: accounts.hasUsers, images: files.check }));
  app.use(metricsRoute(metrics, config.metricsToken));
  app.use(requireOwnHost({ host: config.host, baseUrl: config.baseUrl }));
  app.use(requireKnownMethod);
  app.use(requireSameOrigin({ baseUrl: config.baseUrl }));
  app.use(compress());
  app.use(
    sessions({
      keeper: accounts.sessions,
      secret: services.sessionSecret,
      https,
      lifetimeMs: SESSION_MS,
      authenticator,
      now,
    }),
  );
  app.use(chooseLanguage(words));
  app.use(readBody);

  app.use(accountRoutes({ accounts, authenticator, pages, log, baseUrl: config.baseUrl }));
  app.use(settingsRoutes({ accounts, pages }));
  app.use(chatRoutes({ chat, images, chatPages, pages }));
  app.use(replyRoutes({ chat, chatPages }));
  app.use(imageRoutes({ images, jobs, models, pages, newId }));
  app.use(imageJobRoutes({ images, jobs, pages }));
  app.use(historyRoutes({ history, images, pages }));
  app.use(legacyRoutes({ chat, images, jobs }));

  app.use((_req, _res, next) => next(notFound()));
  app.use(handleErrors({ log, renderErrorPage: pages.sendError }));
  return app;
}
