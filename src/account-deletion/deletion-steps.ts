import { setTimeout as sleep } from 'node:timers/promises';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Chat } from '../chat/chat.ts';
import type { Files } from '../files/files.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Search } from '../search/search.ts';
import type { RemovalStore } from './store.ts';

/** Running work that does not stop in this time is left to find its rows gone, which it survives. */
const STOP_WITHIN_MS = 10_000;
/** Rows of one transaction: a few milliseconds, in which no stream moves. */
const ROWS_AT_ONCE = 100;

/** A part of a deletion that can be done again at any time, also when there is nothing left to do. */
export type DeletionStep = {
  name: string;
  /** Ends early, without an error, once `signal` is aborted. */
  run(userId: string, signal: AbortSignal): Promise<void>;
};

type Deps = {
  store: RemovalStore;
  accounts: Pick<Accounts, 'endAll' | 'forgetting'>;
  audit: Pick<Audit, 'forgetting'>;
  chat: Pick<Chat, 'stopOwner'>;
  jobs: Pick<Jobs, 'cancelOwner'>;
  files: Pick<Files, 'removeOwner' | 'sweep'>;
  search: Pick<Search, 'forgetDeleted'>;
};

/** What the deletion of a closed account consists of, in order. */
export function deletionSteps(deps: Deps): DeletionStep[] {
  const { store, accounts, audit, chat, jobs, files, search } = deps;

  async function stopWork(userId: string, signal: AbortSignal): Promise<void> {
    const stopped = Promise.allSettled([chat.stopOwner(userId), jobs.cancelOwner(userId)]);
    const giveUp = new AbortController();
    const wait = { signal: AbortSignal.any([signal, giveUp.signal]) };
    await Promise.race([stopped, sleep(STOP_WITHIN_MS, undefined, wait)]).catch(() => undefined);
    giveUp.abort();
  }

  /** A few at a time: a large account in one go would hold up every stream for seconds. */
  async function removeRows(userId: string, signal: AbortSignal): Promise<void> {
    for (const step of [...store.steps(userId, ROWS_AT_ONCE), [files.removeOwner(userId, ROWS_AT_ONCE)]])
      for (let changed = 1; changed > 0 && !signal.aborted;) changed = (await store.batch(step)).at(-1) ?? 0;
  }

  async function removeAccount(userId: string): Promise<void> {
    const forgetting = [...audit.forgetting(userId), ...(await accounts.forgetting(userId))];
    await store.deleteUser(userId, [files.removeOwner(userId, -1), ...forgetting]);
  }

  async function removeLeftovers(): Promise<void> {
    await files.sweep();
    await search.forgetDeleted();
    await store.emptyWriteLog();
  }

  return [
    { name: 'end access', run: (userId) => accounts.endAll(userId, { apiKeys: true }) },
    { name: 'stop work', run: stopWork },
    { name: 'remove rows', run: removeRows },
    { name: 'remove account', run: removeAccount },
    { name: 'remove files', run: removeLeftovers },
  ];
}
