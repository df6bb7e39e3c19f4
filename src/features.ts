import { join } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import { createAdmin } from './admin/admin.ts';
import { createAttachments } from './attachments/attachments.ts';
import { createAudit } from './audit/audit.ts';
import { createBackups, runHere, runInChild } from './backup/backup.ts';
import { createChat } from './chat/chat.ts';
import { createAccountDeletion } from './account-deletion/account-deletion.ts';
import { createConversationExport } from './conversation-export/conversation-export.ts';
import { createConversationImport } from './conversation-import/conversation-import.ts';
import { createDataExport } from './data-export/data-export.ts';
import { createFiles } from './files/files.ts';
import { createHistory } from './history/history.ts';
import { createImages, createStoredImages } from './images/images.ts';
import { createJobs } from './jobs/jobs.ts';
import { createModelPicker } from './model-picker/model-picker.ts';
import { createModels } from './provider/models/models.ts';
import { createSearch } from './search/search.ts';
import type { Services } from './services.ts';
import { createTrash } from './trash/trash.ts';
import { createUsage } from './usage/usage.ts';

const PURGE_EVERY_MS = 10 * 60_000;
const CHECK_SILENT_EVERY_MS = 60_000;
const LOOK_FOR_BACKUP_EVERY_MS = 60_000;
const GO_ON_DELETING_EVERY_MS = 5000;

/** Makes the public APIs of all features, in the order of the import rule; takes up what an earlier process left. */
export async function openFeatures(services: Services) {
  const { config, log } = services;
  const maxActive = config.userMaxActive;
  const defaults = { size: config.provider.imageSize, quality: config.provider.imageQuality };

  const report = (error: unknown) => log.error('housekeeping failed', { cause: String(error) });

  const audit = createAudit(services);
  const accounts = await createAccounts(services);
  const jobs = createJobs({ ...services, maxActive });
  const usage = await createUsage(services);
  const provider = usage.meter(services.provider);
  const models = createModels({ ...services, provider });
  const modelPicker = createModelPicker({ ...services, models, usage });
  const files = createFiles({ ...services, usage });
  const images = createImages({ ...services, provider, jobs, models, files, defaults });
  const attachments = createAttachments({ ...services, files, images });
  const { automaticTitles } = config;
  const chat = createChat({ ...services, attachments, provider, maxActive, automaticTitles });
  const trash = createTrash({ ...services, chat, images });
  const history = createHistory(services);
  const search = createSearch(services);
  const admin = createAdmin({ ...services, accounts, files, models });
  accounts.onSuspended((userId) => {
    const work = Promise.all([chat.stopOwner(userId), jobs.cancelOwner(userId)]);
    work.catch((error: unknown) => log.error('work of a suspended person goes on', { cause: String(error) }));
  });
  const conversationExport = createConversationExport({ ...services, files });
  const storedImages = createStoredImages({ ...services, files, jobs });
  const conversationImport = createConversationImport({
    ...services,
    jobs,
    search,
    files,
    storedImages,
    dataDir: config.dataDir,
  });
  const dataExport = createDataExport({ ...services, files });
  const accountDeletion = createAccountDeletion({ ...services, accounts, audit, chat, jobs, files, search });

  const backups = createBackups({
    ...services,
    dataDir: config.dataDir,
    run: backupRunner(services),
    onScheduled: ({ outcome, name }) => {
      const object = { kind: 'backup', id: name ?? 'none' };
      return audit.record({ actor: null, authMethod: 'system', action: 'backup.create', object, outcome });
    },
  });

  await usage.recover();
  await chat.recover({ everything: true });
  await files.recover().catch(report);
  await accountDeletion.recover().catch(report);
  await jobs.open();
  await images.recover();
  await attachments.recover().catch(report);
  void trash.sweep().catch(report);
  search.refreshIndex();
  void conversationImport.sweep().catch(report);

  const timers = [
    setInterval(() => void accounts.purge().catch(report), PURGE_EVERY_MS),
    setInterval(() => void audit.purge().catch(report), PURGE_EVERY_MS),
    setInterval(() => void files.sweep().catch(report), PURGE_EVERY_MS),
    setInterval(() => void attachments.sweep().catch(report), PURGE_EVERY_MS),
    setInterval(() => void trash.sweep().catch(report), PURGE_EVERY_MS),
    setInterval(search.refreshIndex, PURGE_EVERY_MS),
    setInterval(() => void conversationImport.sweep().catch(report), PURGE_EVERY_MS),
    setInterval(() => void accountDeletion.advance().catch(report), GO_ON_DELETING_EVERY_MS),
    setInterval(() => void chat.recover({ everything: false }).catch(report), CHECK_SILENT_EVERY_MS),
    setInterval(() => void backups.tick().catch(report), LOOK_FOR_BACKUP_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();

  return {
    audit,
    accounts,
    jobs,
    models,
    modelPicker,
    usage,
    files,
    images,
    attachments,
    chat,
    trash,
    history,
    search,
    accountDeletion,
    conversationExport,
    conversationImport,
    dataExport,
    admin,
    backups,
    /** Ends what runs and stores it as it is. */
    async close() {
      for (const timer of timers) clearInterval(timer);
      await accountDeletion.close();
      await search.close();
      await Promise.all([chat.close(), jobs.close(), backups.close()]);
      await audit.close();
      await trash.close();
      await attachments.close();
      await files.close();
      await usage.close();
    },
  };
}

/** The built server leaves backups to a process of their own; under `npm run dev` and in tests there may be no build. */
function backupRunner({ config, now }: Services) {
  if (import.meta.url.endsWith('.js')) return runInChild(join(config.root, 'dist', 'cli.js'));
  const { dataDir, imagesDir } = config;
  return runHere({ dataDir, imagesDir, salon: 'development', now });
}

export type Features = Awaited<ReturnType<typeof openFeatures>>;
