import { accountRoutes } from './accounts/routes.ts';
import { settingsTabs } from './accounts/accounts.ts';
import { conversationTopic } from './chat/conversations/topic.ts';
import { createDocumentPage } from './chat/document/page.ts';
import { createChatPages } from './chat/page/page.ts';
import { draftRoutes } from './chat/drafts/routes.ts';
import { branchRoutes } from './chat/branches/routes.ts';
import { continuationRoutes } from './chat/origins/continuations/routes.ts';
import { originSummaryRoutes } from './chat/origins/origin-summary/routes.ts';
import { forkRoutes } from './chat/origins/forks/routes.ts';
import { messageRoutes } from './chat/questions/routes.ts';
import { replyRoutes } from './chat/replies/routes.ts';
import { replyTopic } from './chat/replies/topic.ts';
import { conversationListRoutes } from './chat/conversations/list/routes.ts';
import { chatRoutes } from './chat/routes.ts';
import { temporaryRoutes } from './chat/conversations/temporary/routes.ts';
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
import { searchRoutes } from './search/routes.ts';
import type { Services } from './services.ts';
import { trashRoutes } from './trash/routes.ts';
import { usageRoutes } from './usage/routes.ts';
import { isHttps } from './web/origin.ts';
import { createOneTimeSecrets } from './web/one-time-secrets.ts';
import { healthRoutes } from './web/health.ts';
import { metricsRoutes } from './web/metrics.ts';
import { type Pages } from './web/page.ts';
import { createEventStreams } from './web/sse.ts';
import type { Routes } from './web/routes.ts';
import { type Authenticator } from './web/session.ts';

type Shared = { pages: Pages; authenticator: Authenticator };

/** One line for each feature, with what it takes. */
export function declareRoutes(
  services: Services,
  features: Features,
  { pages, authenticator }: Shared,
): Routes[] {
  const { blobs, calendar, config, formats, log, metrics, newId, now } = services;
  const { accountDeletion, accounts, admin, attachments, audit, backups, chat } = features;
  const { conversationExport, conversationImport, dataExport, files } = features;
  const { history, images, jobs, models, modelPicker, search, trash, usage } = features;
  const { baseUrl } = config;
  const https = isHttps(config);
  const { findInConversation } = search;
  const parts = { attachments, chat, images, models, modelPicker };
  const chatPages = createChatPages({ ...parts, findInConversation, pages, formats, newId });
  const documentPage = createDocumentPage({ chat, images, pages });
  const oneTimeSecrets = createOneTimeSecrets({ newId, now });
  const streams = createEventStreams();
  const kinds = new Map([
    ['image', imageJobs({ images, pages })],
    [IMPORT_KIND, importJobs({ conversationImport, pages })],
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
    chatRoutes({ attachments, chat, images, chatPages, documentPage, findInConversation, pages }),
    draftRoutes({ chat, chatPages, pages }),
    branchRoutes({ chat, pages, newId }),
    forkRoutes({ chat }),
    continuationRoutes({ chat, pages, newId }),
    originSummaryRoutes({ chat, pages }),
    messageRoutes({ attachments, chat, images, chatPages, pages }),
    temporaryRoutes({ chat }),
    replyRoutes({ chat, chatPages, streams }),
    attachmentRoutes({ attachments, models, pages }),
    modelPickerRoutes({ modelPicker, pages, formats }),
    imageRoutes({ images, jobs, models, pages, newId }),
    jobRoutes({ jobs, kinds, streams }),
    eventRoutes({ streams, topics }),
    trashRoutes({ trash, pages, sendConversation: documentPage.sendDeleted }),
    accountDeletionRoutes({ accountDeletion, accounts, audit, pages, https }),
    conversationExportRoutes({ conversationExport, audit, log, now }),
    conversationImportRoutes({ conversationImport, jobs, usage, audit, pages, settingsTabs }),
    dataExportRoutes({ dataExport, audit, log, now }),
    searchRoutes({ search, pages }),
    historyRoutes({ history, chat, images, pages, calendar, formats, now }),
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
