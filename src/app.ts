import { join } from 'node:path';
import express, { type Express } from 'express';
import { apiKeyRoutes } from './accounts/api-keys-routes.ts';
import { registrationRoutes } from './accounts/registration-routes.ts';
import { resetRoutes } from './accounts/reset-routes.ts';
import { accountRoutes } from './accounts/routes.ts';
import { SESSION_MS, settingsTabs } from './accounts/accounts.ts';
import { sessionRoutes } from './accounts/sessions-routes.ts';
import { settingsRoutes } from './accounts/settings-routes.ts';
import { createChatPages } from './chat/page.ts';
import { replyRoutes } from './chat/reply-routes.ts';
import { chatRoutes } from './chat/routes.ts';
import { createSidebar } from './chat/sidebar.ts';
import { auditRoutes } from './admin/audit-routes.ts';
import { backupRoutes } from './admin/backup-routes.ts';
import { adminKeysRoutes } from './admin/keys-routes.ts';
import { adminPeopleRoutes } from './admin/people-routes.ts';
import { adminRoutes } from './admin/routes.ts';
import { adminLimitsRoutes } from './admin/limits-routes.ts';
import { adminPricesRoutes } from './admin/prices-routes.ts';
import { adminUsageRoutes } from './admin/usage-routes.ts';
import { authRoutes, meRoutes } from './api/auth-routes.ts';
import type { Features } from './features.ts';
import { departureRoutes } from './departure/routes.ts';
import { historyRoutes } from './history/routes.ts';
import { imageJobRoutes } from './images/job-routes.ts';
import { imageRoutes } from './images/routes.ts';
import { legacyRoutes } from './legacy/routes.ts';
import { notFound } from './lib/errors.ts';
import type { Services } from './services.ts';
import { usageRoutes } from './usage/routes.ts';
import { refusalRecorder } from './web/asker.ts';
import { createAssets } from './web/assets.ts';
import { compress } from './web/compress.ts';
import { chooseLanguage, giveRequestId } from './web/context.ts';
import { cors } from './web/cors.ts';
import { credentials } from './web/credentials.ts';
import { handleErrors } from './web/errors.ts';
import { requireKnownMethod } from './web/guards.ts';
import { createHandover } from './web/handover.ts';
import { securityHeaders } from './web/headers.ts';
import { healthRoutes } from './web/health.ts';
import { createWords } from './web/i18n.ts';
import { readBody } from './web/input.ts';
import { requireOwnHost, requireSameOrigin } from './web/origin.ts';
import { createRateLimits, limitBodies } from './web/limits.ts';
import { measureRequests, metricsRoute } from './web/metrics.ts';
import { createPages } from './web/page.ts';
import { logRequests } from './web/request-log.ts';
import { cookieName, createAuthenticator, sessions } from './web/session.ts';
import { createTemplates } from './web/templates.ts';

/** Which parts of Salon have an entry in the navigation, in order. */
const nav = [
  { id: 'chat', url: '/', label: 'nav.chat' },
  { id: 'images', url: '/images', label: 'nav.images' },
  { id: 'history', url: '/history', label: 'nav.history' },
  { id: 'admin', url: '/admin', label: 'nav.admin', role: 'admin' },
] as const;

/** Answered before it is known who asks. */
const signInAddresses = ['/api/register', '/api/login', '/api/refresh', '/api/logout'];

/** What makes the model server work, by whichever door. */
const generations = [
  '/conversations',
  '/conversations/:id/messages',
  '/conversations/:id/stream',
  '/replies/:id/continue',
  '/messages/:id/regenerate',
  '/images',
  '/jobs/:id/retry',
  '/generate_code',
  '/generate_image',
];

/** The Express app: one line for each layer that a request passes, then one for each feature. */
export function createApp(services: Services, features: Features, options: { built: boolean }): Express {
  const { config, log, metrics, newId, now, files } = services;
  const { audit, accounts, chat, images, jobs, models, history, usage, backups, departure, admin } = features;
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
  const session = sessions({
    keeper: accounts.sessions,
    secret: services.sessionSecret,
    https,
    lifetimeMs: SESSION_MS,
    authenticator,
    now,
  });
  const handover = createHandover({ newId, now });
  const rates = createRateLimits({ take: usage.take, refused: refusalRecorder(audit) });
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
  app.use(cors(config.corsOrigins));
  app.use(requireSameOrigin({ baseUrl: config.baseUrl, corsOrigins: config.corsOrigins }));
  app.use(compress());
  app.use(signInAddresses, rates.strangers);
  app.use(authRoutes({ accounts, audit, log }));
  const limitUnknown = rates.strangers;
  app.use(credentials({ session, cookieName: cookieName(https), access: accounts, limitUnknown }));
  app.use(chooseLanguage(words));
  app.use(rates.requests);
  app.post(generations, rates.generations);
  app.use(limitBodies(usage.uploadBytes));
  app.use(readBody);

  app.use(accountRoutes({ accounts, authenticator, pages, audit, log, baseUrl: config.baseUrl }));
  app.use(registrationRoutes({ accounts, pages, audit, log }));
  app.use(resetRoutes({ accounts, pages, audit }));
  app.use(settingsRoutes({ accounts, audit, pages }));
  app.use(sessionRoutes({ accounts, audit }));
  app.use(apiKeyRoutes({ accounts, audit, pages, handover }));
  app.use(chatRoutes({ chat, images, chatPages, pages }));
  app.use(replyRoutes({ chat, chatPages }));
  app.use(imageRoutes({ images, jobs, models, pages, newId }));
  app.use(imageJobRoutes({ images, jobs, pages }));
  app.use(departureRoutes({ departure, accounts, audit, pages, log, https, now }));
  app.use(historyRoutes({ history, images, pages }));
  app.use(legacyRoutes({ chat, images, jobs }));
  app.use(usageRoutes({ usage, pages, settingsTabs, now }));
  app.use(adminRoutes({ admin, pages }));
  const { baseUrl } = config;
  app.use(adminPeopleRoutes({ accounts, usage, departure, audit, pages, handover, baseUrl }));
  app.use(adminKeysRoutes({ accounts, audit, pages, handover, baseUrl }));
  app.use(adminUsageRoutes({ usage, pages, now }));
  app.use(adminPricesRoutes({ usage, models, audit, pages, now }));
  app.use(adminLimitsRoutes({ usage, audit, pages }));
  app.use(meRoutes());

  app.use(auditRoutes({ audit, accounts, pages, now }));
  app.use(backupRoutes({ backups, audit, pages }));

  app.use((_req, _res, next) => next(notFound()));
  app.use(handleErrors({ log, renderErrorPage: pages.sendError, refused: refusalRecorder(audit) }));
  return app;
}
