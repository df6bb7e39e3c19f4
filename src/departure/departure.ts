import { setTimeout as sleep } from 'node:timers/promises';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Chat } from '../chat/chat.ts';
import type { Files } from '../files/files.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { AppError, notFound } from '../lib/errors.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { createExports } from './export/export.ts';
import { createRemovalStore } from './store.ts';

/** Running work that does not stop in this time is left to find its rows gone, which it survives. */
const STOP_WITHIN_MS = 10_000;
/** Rows of one transaction: a few milliseconds, in which no stream moves. */
const ROWS_AT_ONCE = 100;

type Deps = {
  db: Db;
  accounts: Pick<Accounts, 'endAll'>;
  audit: Pick<Audit, 'forgetting'>;
  chat: Pick<Chat, 'stopOwner'>;
  jobs: Pick<Jobs, 'cancelOwner'>;
  files: Pick<Files, 'open' | 'removeOwner' | 'sweep'>;
  log: Log;
  now: () => number;
};

/** Leaving: all of one's data to take along, and the account deleted with everything that belongs to it. */
export function createDeparture({ db, accounts, audit, chat, jobs, files, log, now }: Deps) {
  const store = createRemovalStore(db);

  /** @throws AppError `not_found`, `last_admin` */
  async function assertCanGo(userId: string): Promise<void> {
    const canGo = await store.canGo(userId);
    if (canGo === undefined) throw notFound();
    if (!canGo) throw new AppError('last_admin');
  }

  async function stopWork(userId: string): Promise<void> {
    const stopped = Promise.allSettled([chat.stopOwner(userId), jobs.cancelOwner(userId)]);
    const giveUp = new AbortController();
    await Promise.race([stopped, sleep(STOP_WITHIN_MS, undefined, { signal: giveUp.signal })]).catch(
      () => undefined,
    );
    giveUp.abort();
  }

  /** All rows, a few at a time: a large account in one go would hold up every stream for seconds. */
  async function removeRows(userId: string): Promise<void> {
    const removeFiles = (limit: number) => files.removeOwner(userId, limit);
    for (const step of [...store.steps(userId, ROWS_AT_ONCE), [removeFiles(ROWS_AT_ONCE)]])
      for (let changed = 1; changed > 0;) changed = (await store.batch(step)).at(-1) ?? 0;
    await store.deleteUser(userId, [removeFiles(-1), ...audit.forgetting(userId)]);
    log.info('account deleted', { user: userId });
  }

  /** Files, and what the log of writes still holds. A fault leaves it to the next sweep. */
  async function finish(): Promise<void> {
    try {
      await files.sweep();
      await store.emptyWriteLog();
    } catch (error) {
      log.error('files of a deleted account are left for later', { cause: String(error) });
    }
  }

  return {
    ...createExports({ db, files, now }),
    assertCanGo,

    /**
     * Deletes the account: it is closed for good, what runs is stopped, its rows go, then the files. A crash on the way is made up for at the next start.
     * @throws AppError `not_found`; `last_admin` while other people are there
     */
    async remove(userId: string): Promise<void> {
      await assertCanGo(userId);
      await store.close(userId, now());
      await accounts.endAll(userId, { apiKeys: true });
      await stopWork(userId);
      await removeRows(userId);
      await finish();
    },

    /** Goes on with what a crash cut off. At start, before any work begins. */
    async recover(): Promise<void> {
      for (const userId of await store.listLeaving()) await removeRows(userId);
      await files.sweep();
    },
  };
}

export type Departure = ReturnType<typeof createDeparture>;
