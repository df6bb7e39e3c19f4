import { createAccounts } from './accounts/accounts.ts';
import { createChat } from './chat/chat.ts';
import { createHistory } from './history/history.ts';
import { createImages } from './images/images.ts';
import { createJobs } from './jobs/jobs.ts';
import { createModels } from './models/models.ts';
import type { Services } from './services.ts';

const PURGE_EVERY_MS = 10 * 60_000;
const CHECK_SILENT_EVERY_MS = 60_000;

/** Makes the faces of all features, from left to right of the import rule, and takes up what an earlier process left. */
export async function openFeatures(services: Services) {
  const { config, log } = services;
  const maxActive = config.userMaxActive;
  const defaults = { size: config.provider.imageSize, quality: config.provider.imageQuality };

  const accounts = await createAccounts(services);
  const jobs = createJobs({ ...services, maxActive });
  const models = createModels(services);
  const images = createImages({ ...services, jobs, models, defaults });
  const chat = createChat({ ...services, models, maxActive });
  const history = createHistory(services);

  await chat.recover({ everything: true });
  await jobs.open();
  await images.recover();

  const report = (error: unknown) => log.error('housekeeping failed', { cause: String(error) });
  const timers = [
    setInterval(() => void accounts.purge().catch(report), PURGE_EVERY_MS),
    setInterval(() => void chat.recover({ everything: false }).catch(report), CHECK_SILENT_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();

  return {
    accounts,
    jobs,
    models,
    images,
    chat,
    history,
    /** Ends what runs and stores it as it is. */
    async close() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([chat.close(), jobs.close()]);
    },
  };
}

export type Features = Awaited<ReturnType<typeof openFeatures>>;
