import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Chat } from '../chat/chat.ts';
import type { Files } from '../files/files.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Search } from '../search/search.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { createDeletionRuns } from './deletion-runs.ts';
import { deletionSteps } from './deletion-steps.ts';
import { createRemovalStore } from './store.ts';

type Deps = {
  db: Db;
  accounts: Pick<Accounts, 'endAll' | 'forgetting'>;
  audit: Pick<Audit, 'forgetting' | 'record'>;
  chat: Pick<Chat, 'stopOwner'>;
  jobs: Pick<Jobs, 'cancelOwner'>;
  files: Pick<Files, 'removeOwner' | 'sweep'>;
  search: Pick<Search, 'forgetDeleted'>;
  log: Log;
  now: () => number;
};

/** Deletes accounts with everything that belongs to them. */
export function createAccountDeletion(deps: Deps) {
  const { db, audit, log, now } = deps;
  const store = createRemovalStore(db);
  const steps = deletionSteps({ ...deps, store });
  const runs = createDeletionRuns({
    store,
    steps,
    onDeletedLater: (id) => {
      const object = { kind: 'person', id };
      return audit.record({
        actor: null,
        authMethod: 'system',
        action: 'account.delete',
        object,
        outcome: 'done',
      });
    },
    log,
    now,
  });

  return {
    ...runs,

    /** Goes on with what a crash cut off. At start, before any work begins. */
    recover: () => runs.advance(),
  };
}

export type AccountDeletion = ReturnType<typeof createAccountDeletion>;
export type { DeletionOutcome } from './deletion-runs.ts';
