import { join } from 'node:path';
import express, { type Express } from 'express';
import { accountRoutes } from './accounts/routes.ts';
import { SESSION_MS, settingsTabs } from './accounts/accounts.ts';
import { conversationTopic } from './chat/conversation-topic.ts';
import { createChatPages } from './chat/page.ts';
import { replyRoutes } from './chat/reply-routes.ts';
import { replyTopic } from './chat/reply-topic.ts';
import { chatRoutes } from './chat/routes.ts';
import { createSidebar } from './chat/sidebar.ts';
import { adminRoutes } from './admin/routes.ts';
import { authRoutes, meRoutes } from './api/auth-routes.ts';
import { eventRoutes } from './events/routes.ts';
import type { Features } from './features.ts';
import { departureRoutes } from './departure/routes.ts';
import { historyRoutes } from './history/routes.ts';
import { imageJobRoutes } from './images/job-routes.ts';
import { jobTopic } from './images/job-topic.ts';
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
import { createEventStreams } from './web/sse.ts';
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

type Parts = ReturnType<typeof createParts>;

/** The Express app: the layers that every request passes, the features, and what answers when none of them did. */
export function createApp(services: Services, features: Features, options: { built: boolean }): Express {
  const parts = createParts(services, features, options);
  const app = express();

  app.disable('x-powered-by');
  // Express's own last resort shows stacks unless it believes itself in production.
  app.set('env', 'production');
  app.set('etag', false);
  app.set('trust proxy', services.config.trustProxy);
  app.set('query parser', 'simple');
  useLayers(app, parts);
  useFeatures(app, parts);
  app.use((_req, _res, next) => next(notFound()));
  const { log, pages, refused } = parts;
  app.use(handleErrors({ log, renderErrorPage: pages.sendError, refused }));
  return app;
}

/** All that layers and features are made of; each takes from it what its own type names. */
function createParts(services: Services, features: Features, { built }: { built: boolean }) {
  const { config, formats, calendar, newId, now } = services;
  const { audit, accounts, chat, images, models, usage } = features;
  const { baseUrl } = config;
  const https = baseUrl?.startsWith('https:') ?? false;
  const assets = createAssets(config.root, built);
  const render = createTemplates(join(config.root, 'views'), { reread: config.mode === 'development' });
  const frame = {
    nav,
    sidebar: createSidebar({ chat, formats, calendar, now }),
    connection: () => models.connection(),
  };
  const pages = createPages({ render, assets, formats, frame });
  const authenticator = createAuthenticator((id) => accounts.find(id));
  const refused = refusalRecorder(audit);
  return {
    ...services,
    ...features,
    ...{ baseUrl, https, assets, pages, authenticator, refused, settingsTabs },
    chooseLanguage: chooseLanguage(createWords()),
    chatPages: createChatPages({ chat, images, models, pages, newId }),
    session: sessions({
      keeper: accounts.sessions,
      secret: services.sessionSecret,
      ...{ https, lifetimeMs: SESSION_MS, authenticator, now },
    }),
    streams: createEventStreams(),
    handover: createHandover({ newId, now }),
    rates: createRateLimits({ take: usage.take, refused }),
  };
}

/** One line for each layer, in the order in which a request passes them. */
function useLayers(app: Express, parts: Parts): void {
  const { config, log, metrics, accounts, usage, blobs, https, session, rates } = parts;
  app.use(giveRequestId(parts.newId));
  app.use(parts.chooseLanguage);
  app.use(securityHeaders({ https }));
  app.use('/assets', parts.assets.serve);
  app.use(logRequests(log));
  app.use(measureRequests(metrics));
  app.use(healthRoutes({ database: accounts.hasUsers, images: blobs.check }));
  app.use(metricsRoute(metrics, config.metricsToken));
  app.use(requireOwnHost(config));
  app.use(requireKnownMethod);
  app.use(cors(config.corsOrigins));
  app.use(requireSameOrigin(config));
  app.use(compress());
  app.use(signInAddresses, rates.strangers);
  app.use(authRoutes(parts));
  const limitUnknown = rates.strangers;
  app.use(credentials({ session, cookieName: cookieName(https), access: accounts, limitUnknown }));
  // Once more: by now the language of the account is known.
  app.use(parts.chooseLanguage);
  app.use(rates.requests);
  app.post(generations, rates.generations);
  app.use(limitBodies(usage.uploadBytes));
  app.use(readBody);
}

/** One line for each feature. */
function useFeatures(app: Express, parts: Parts): void {
  app.use(accountRoutes(parts));
  app.use(chatRoutes(parts));
  app.use(replyRoutes(parts));
  app.use(imageRoutes(parts));
  app.use(imageJobRoutes(parts));
  const topics = [conversationTopic(parts), replyTopic(parts), jobTopic(parts)];
  app.use(eventRoutes({ ...parts, topics }));
  app.use(departureRoutes(parts));
  app.use(historyRoutes(parts));
  app.use(legacyRoutes(parts));
  app.use(usageRoutes(parts));
  app.use(adminRoutes(parts));
  app.use(meRoutes());
}
