import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Chat } from '../chat/chat.ts';
import type { Files } from '../files/files.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { createAccountDeletion } from './account-deletion.ts';
import { deletionSteps } from './deletion-steps.ts';
import { createExports } from './export/export.ts';
import { createRemovalStore } from './store.ts';

type Deps = {
  db: Db;
  accounts: Pick<Accounts, 'endAll' | 'forgetting'>;
  audit: Pick<Audit, 'forgetting' | 'record'>;
  chat: Pick<Chat, 'stopOwner'>;
  jobs: Pick<Jobs, 'cancelOwner'>;
  files: Pick<Files, 'open' | 'removeOwner' | 'sweep'>;
  log: Log;
  now: () => number;
};

/** Leaving: all of one's data to take along, and the account deleted with everything that belongs to it. */
export function createDeparture({ db, accounts, audit, chat, jobs, files, log, now }: Deps) {
  const store = createRemovalStore(db);
  const steps = deletionSteps({ store, accounts, audit, chat, jobs, files });
  const deletion = createAccountDeletion({
    store,
    steps,
    onDeletedLater: (id) => {
      const object = { kind: 'person', id };
      return audit.record({ actor: null, door: 'system', action: 'account.delete', object, outcome: 'done' });
    },
    log,
    now,
  });

  return {
    ...createExports({ db, files, now }),
    ...deletion,

    /** Goes on with what a crash cut off. At start, before any work begins. */
    recover: () => deletion.advance(),
  };
}

export type Departure = ReturnType<typeof createDeparture>;
export type { DeletionOutcome } from './account-deletion.ts';
