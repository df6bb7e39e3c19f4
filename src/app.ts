import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { accountRoutes } from './accounts/routes.ts';
import { keepPost } from './accounts/pending-posts/routes.ts';
import { SESSION_MS, settingsTabs } from './accounts/accounts.ts';
import { conversationTopic } from './chat/conversation-topic.ts';
import { createChatPages } from './chat/page.ts';
import { draftRoutes } from './chat/drafts/routes.ts';
import { branchRoutes } from './chat/branches/routes.ts';
import { messageRoutes } from './chat/message-routes.ts';
import { replyRoutes } from './chat/reply-routes.ts';
import { replyTopic } from './chat/reply-topic.ts';
import { conversationListRoutes } from './chat/conversation-list/routes.ts';
import { chatRoutes } from './chat/routes.ts';
import { temporaryRoutes } from './chat/temporary/routes.ts';
import { createSidebar } from './chat/sidebar.ts';
import { adminRoutes } from './admin/routes.ts';
import { eventRoutes } from './events/routes.ts';
import type { Features } from './features.ts';
import { accountDeletionRoutes } from './account-deletion/routes.ts';
import { IMPORT_KIND } from './conversation-import/conversation-import.ts';
import { importJobs } from './conversation-import/job-kind.ts';
import { conversationImportRoutes } from './conversation-import/routes.ts';
import { conversationExportRoutes } from './conversation-export/routes.ts';
import { dataExportRoutes } from './data-export/routes.ts';
import { historyRoutes } from './history/routes.ts';
import { tokenApiRoutes } from './token-api/routes.ts';
import { modelPickerRoutes } from './model-picker/routes.ts';
import { attachmentRoutes } from './attachments/routes.ts';
import { imageJobs } from './images/job-kind.ts';
import { imageRoutes } from './images/routes.ts';
import { legacyRoutes } from './legacy/routes.ts';
import { jobTopic } from './jobs/job-topic.ts';
import { jobRoutes } from './jobs/routes.ts';
import { notFound } from './lib/errors.ts';
import type { Config } from './platform/config.ts';
import { searchRoutes } from './search/routes.ts';
import type { Services } from './services.ts';
import { trashRoutes } from './trash/routes.ts';
import { usageRoutes } from './usage/routes.ts';
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
import { createOneTimeSecrets } from './web/one-time-secrets.ts';
import { securityHeaders } from './web/headers.ts';
import { healthRoutes } from './web/health.ts';
import { createTranslations } from './web/i18n.ts';
import { readBody } from './web/body.ts';
import { requireOwnHost, requireSameOrigin } from './web/origin.ts';
import { createRateLimits, limitBodies } from './web/rate-limits.ts';
import { measureRequests, metricsRoutes } from './web/metrics.ts';
import { createPages, type Pages } from './web/page.ts';
import { createRegistry, type Registry } from './web/registry.ts';
import { logRequests } from './web/request-log.ts';
import { createEventStreams } from './web/sse.ts';
import type { Routes } from './web/routes.ts';
import { cookieName, createAuthenticator, sessions, type Authenticator } from './web/session.ts';
import { createTemplates } from './web/templates.ts';

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

type Shared = { pages: Pages; authenticator: Authenticator };

/** One line for each feature, with what it takes. */
function declareRoutes(services: Services, features: Features, { pages, authenticator }: Shared): Routes[] {
  const { blobs, calendar, config, formats, log, metrics, newId, now } = services;
  const { accountDeletion, accounts, admin, attachments, audit, backups, chat } = features;
  const { conversationExport, conversationImport, dataExport, files } = features;
  const { history, images, jobs, models, modelPicker, search, trash, usage } = features;
  const { baseUrl } = config;
  const https = isHttps(config);
  const parts = { attachments, chat, images, models, modelPicker };
  const chatPages = createChatPages({ ...parts, pages, formats, newId });
  const oneTimeSecrets = createOneTimeSecrets({ newId, now });
  const streams = createEventStreams();
  const kinds = new Map([
    ['image', imageJobs({ images, jobs, pages })],
    [IMPORT_KIND, importJobs({ conversationImport, jobs, pages })],
  ]);
  const topics = [
    conversationTopic({ chat, chatPages }),
    replyTopic({ chat, chatPages }),
    jobTopic({ jobs, kinds }),
  ];
  return [
    healthRoutes({ database: accounts.hasUsers, images: blobs.check }),
    metricsRoutes(metrics, config.metricsToken),
    tokenApiRoutes({ accounts, audit, log }),
    accountRoutes({ accounts, audit, authenticator, pages, oneTimeSecrets, log, baseUrl }),
    conversationListRoutes({ chat, chatPages, pages, now }),
    chatRoutes({ attachments, chat, images, chatPages, pages }),
    draftRoutes({ chat, chatPages, pages }),
    branchRoutes({ chat, pages }),
    messageRoutes({ chat, chatPages }),
    temporaryRoutes({ chat }),
    replyRoutes({ chat, chatPages, streams }),
    attachmentRoutes({ attachments, models, pages }),
    modelPickerRoutes({ modelPicker, pages, formats }),
    imageRoutes({ images, jobs, models, pages, newId }),
    jobRoutes({ jobs, kinds, streams }),
    eventRoutes({ streams, topics }),
    trashRoutes({ trash, pages }),
    accountDeletionRoutes({ accountDeletion, accounts, audit, pages, https }),
    conversationExportRoutes({ conversationExport, audit, log, now }),
    conversationImportRoutes({ conversationImport, jobs, usage, audit, pages, settingsTabs }),
    dataExportRoutes({ dataExport, audit, log, now }),
    searchRoutes({ search, pages }),
    historyRoutes({ history, chat, images, pages, calendar, now }),
    legacyRoutes({ chat, images, jobs }),
    usageRoutes({ usage, pages, files, settingsTabs, calendar, now }),
    adminRoutes({
      admin,
      accounts,
      audit,
      backups,
      accountDeletion,
      files,
      models,
      usage,
      pages,
      oneTimeSecrets,
      calendar,
      baseUrl,
      now,
    }),
  ];
}

const isHttps = ({ baseUrl }: Config) => baseUrl?.startsWith('https:') ?? false;
