import { join } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import type { OpenAccounts } from './accounts/commands.ts';
import { createAudit } from './audit/audit.ts';
import { createFormats } from './lib/formats.ts';
import { createIds } from './lib/ids.ts';
import { createCalendar } from './lib/time.ts';
import { createMemoryBus } from './platform/bus/memory.ts';
import type { Config } from './platform/config.ts';
import { requireRestored } from './platform/db/half-restored.ts';
import { migrate } from './platform/db/migrate.ts';
import { migrations } from './platform/db/migrations/migrations.ts';
import { lockFolder, openSqlite, type SqliteDb } from './platform/db/sqlite.ts';
import { silentLog } from './platform/log.ts';
import { keepSecret, prepareFolder } from './platform/secret.ts';

/**
 * The accounts alone, for one-shot commands: beside a running Salon, or before the first one, with a database made for
 * the purpose. @throws Error when a running Salon still has an older schema, which must not change under it
 */
export async function openAccounts(config: Config): Promise<OpenAccounts> {
  prepareFolder(config.dataDir, 'DATA_DIR', { isPrivate: true, holdsDatabase: true });
  requireRestored(config.dataDir);
  const db = openSqlite(join(config.dataDir, 'salon.db'));
  try {
    await bringUpToDate(db, config.dataDir);
    const shared = { db, newId: createIds(), now: Date.now };
    const audit = createAudit({ ...shared, log: silentLog });
    const accounts = await createAccounts({
      ...shared,
      config,
      bus: createMemoryBus(),
      calendar: createCalendar(createFormats()),
      sessionSecret: config.sessionSecret ?? keepSecret(join(config.dataDir, 'session-secret')),
    });
    const close = async () => {
      await audit.close();
      await db.close();
    };
    return { accounts, audit, close };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Migrates only under the lock of the folder, which a running Salon holds. */
async function bringUpToDate(db: SqliteDb, dataDir: string): Promise<void> {
  const version = db.raw.pragma('user_version', { simple: true }) as number;
  if (version === migrations.length) return;
  const lock = lockFolder(dataDir);
  try {
    await migrate(db, silentLog);
  } finally {
    lock.release();
  }
}
