import { foundation } from './001-foundation.ts';
import { accountsMigration } from './002-accounts.ts';
import { auditMigration } from './003-audit.ts';
import { usageMigration } from './004-usage.ts';
import { backupMigration } from './005-backup.ts';
import { filesMigration } from './006-files.ts';
import { renderedAnswersMigration } from './007-rendered-answers.ts';
import { replyGrowthMigration } from './008-reply-growth.ts';
import { plainNamesMigration } from './009-plain-names.ts';
import { ipAddressesMigration } from './010-ip-addresses.ts';
import { indexesMigration } from './011-indexes.ts';
import { thinkingMigration } from './012-thinking.ts';
import { modelLessonsMigration } from './013-model-lessons.ts';
import { modelItemsMigration } from './014-model-items.ts';
import { modelSettingsMigration } from './015-model-settings.ts';
import { messageTreeMigration } from './016-message-tree.ts';
import { draftClientMigration } from './017-draft-client.ts';
import { attachmentsMigration } from './018-attachments.ts';
import { pendingPostsMigration } from './019-pending-posts.ts';
import { searchMigration } from './020-search.ts';
import { importsMigration } from './021-imports.ts';
import { automaticTitlesMigration } from './022-automatic-titles.ts';
import { archivedAtMigration } from './023-archived-at.ts';
import { searchWaitingMigration } from './024-search-waiting.ts';
import { questionIndexMigration } from './025-question-index.ts';
import { copiedMessagesMigration } from './026-copied-messages.ts';
import { continuationsMigration } from './027-continuations.ts';
import { searchPartsMigration } from './028-search-parts.ts';
import { imagesOfCopiesMigration } from './029-images-of-copies.ts';

export type Migration = { name: string; sql: string };

/** In order; the place in this list is the schema's version. A merged migration is never edited. */
export const migrations: readonly Migration[] = [
  foundation,
  accountsMigration,
  auditMigration,
  usageMigration,
  backupMigration,
  filesMigration,
  renderedAnswersMigration,
  replyGrowthMigration,
  plainNamesMigration,
  ipAddressesMigration,
  indexesMigration,
  thinkingMigration,
  modelLessonsMigration,
  modelItemsMigration,
  modelSettingsMigration,
  messageTreeMigration,
  draftClientMigration,
  attachmentsMigration,
  pendingPostsMigration,
  searchMigration,
  importsMigration,
  automaticTitlesMigration,
  archivedAtMigration,
  searchWaitingMigration,
  questionIndexMigration,
  copiedMessagesMigration,
  continuationsMigration,
  searchPartsMigration,
  imagesOfCopiesMigration,
];
