import { join } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import { createImporter } from './conversation-import/conversation-import.ts';
import { createFiles } from './files/files.ts';
import { createStoredImages } from './images/images.ts';
import { createJobs } from './jobs/jobs.ts';
import { createFormats } from './lib/formats.ts';
import { createIds } from './lib/ids.ts';
import { createCalendar } from './lib/time.ts';
import { openDisk } from './platform/blobs/disk.ts';
import { createMemoryBus } from './platform/bus/memory.ts';
import type { Config } from './platform/config.ts';
import { requireRestored } from './platform/db/half-restored.ts';
import { migrations } from './platform/db/migrations/migrations.ts';
import { openSqlite } from './platform/db/sqlite.ts';
import { silentLog } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { keepSecret } from './platform/secret.ts';
import { createUsage } from './usage/usage.ts';

/**
 * What an import from the command line needs, beside a running Salon or without one. @throws Error when the database has
 * another schema: then Salon has to be started once
 */
export async function openImporter(config: Config) {
  requireRestored(config.dataDir);
  const db = openSqlite(join(config.dataDir, 'salon.db'));
  try {
    if (db.raw.pragma('user_version', { simple: true }) !== migrations.length)
      throw new Error('the database is of another version: start Salon once, then import');
    const calendar = createCalendar(createFormats());
    const shared = {
      db,
      log: silentLog,
      newId: createIds(),
      now: Date.now,
      bus: createMemoryBus(),
      calendar,
    };
    const sessionSecret = config.sessionSecret ?? keepSecret(join(config.dataDir, 'session-secret'));
    const accounts = await createAccounts({ ...shared, config, sessionSecret });
    const usage = await createUsage({ ...shared, provider: { model: () => undefined } });
    const blobs = openDisk(config.imagesDir);
    const renditionBlobs = openDisk(join(config.dataDir, 'renditions'));
    const files = createFiles({ ...shared, blobs, renditionBlobs, usage });
    const jobs = createJobs({ ...shared, metrics: createMetrics(), maxActive: config.userMaxActive });
    const storedImages = createStoredImages({ ...shared, files, jobs });
    const importer = createImporter({ ...shared, files, storedImages });
    const close = async () => {
      await usage.close();
      await db.close();
    };
    return { accounts, importer, close };
  } catch (error) {
    await db.close();
    throw error;
  }
}
