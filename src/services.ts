import { join } from 'node:path';
import { createFormats } from './lib/formats.ts';
import { createIds } from './lib/ids.ts';
import { openDisk } from './platform/blobs/disk.ts';
import { createCalendar } from './lib/time.ts';
import { createMemoryBus } from './platform/bus/memory.ts';
import type { Config } from './platform/config.ts';
import { requireRestored } from './platform/db/half-restored.ts';
import { measureDb } from './platform/db/measured.ts';
import { migrate } from './platform/db/migrate.ts';
import { lockFolder, openSqlite } from './platform/db/sqlite.ts';
import type { Log } from './platform/log.ts';
import { createMarkdownRenderer } from './platform/markdown/renderer.ts';
import { createMetrics } from './platform/metrics.ts';
import { keepSecret, prepareFolder } from './platform/secret.ts';
import { measureProvider } from './provider/measured.ts';
import { createLessons } from './provider/lessons/lessons.ts';
import { createLessonStore } from './provider/lessons/store.ts';
import { openModelSettings } from './provider/models/settings.ts';
import { createProvider } from './provider/provider.ts';
import { createIdentify } from './provider/servers/servers.ts';

/**
 * Chooses the adapter of each seam, once. @throws Error with one sentence when a folder cannot be used, another Salon
 * runs on it, a restore into it has not ended, or the database cannot be opened
 */
export async function openServices(config: Config, log: Log) {
  prepareFolder(config.dataDir, 'DATA_DIR', { isPrivate: true, holdsDatabase: true });
  prepareFolder(config.imagesDir, 'IMAGES_DIR', { isPrivate: true });
  const lock = lockFolder(config.dataDir);
  requireRestored(config.dataDir);
  const metrics = createMetrics();
  const sqlite = openSqlite(join(config.dataDir, 'salon.db'));
  await migrate(sqlite, log);
  const blobs = openDisk(config.imagesDir);
  const renditionBlobs = openDisk(join(config.dataDir, 'renditions'));
  await Promise.all([blobs.clearUnfinished(), renditionBlobs.clearUnfinished()]);
  const formats = createFormats();
  const db = measureDb(sqlite, metrics);
  const newId = createIds();
  const now = Date.now;
  const lessonStore = createLessonStore(db);
  const lessons = createLessons({ store: lessonStore, kept: await lessonStore.list(), log, now });
  const identify = createIdentify({ db, log, newId, now });
  const modelSettings = await openModelSettings({ db, identify, now });
  const chosenDefaults = (baseUrl: string) => modelSettings.defaults(baseUrl);
  const { mode } = config;
  return {
    config,
    log,
    metrics,
    db,
    blobs,
    renditionBlobs,
    bus: createMemoryBus(),
    provider: measureProvider(
      createProvider({ config: config.provider, mode, log, identify, lessons, chosenDefaults, now }),
      metrics,
    ),
    sessionSecret: config.sessionSecret ?? keepSecret(join(config.dataDir, 'session-secret')),
    formats,
    calendar: createCalendar(formats),
    renderer: createMarkdownRenderer({ log }),
    lessons,
    modelSettings,
    newId,
    now,
    async close() {
      this.provider.close();
      this.renderer.close();
      await sqlite.close();
      lock.release();
    },
  };
}

export type Services = Awaited<ReturnType<typeof openServices>>;
