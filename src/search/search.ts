import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { createIndexer } from './indexing/indexer.ts';
import { createIndexingStore } from './indexing/store.ts';

type Deps = { db: Db; log: Log };

/** Finds titles, messages, the text of attachments and the prompts of images of one person. */
export function createSearch({ db, log }: Deps) {
  const indexer = createIndexer({ store: createIndexingStore(db), log });
  return {
    /** Brings the index up to date in the background: what is older than it, and what was deleted for good. */
    refreshIndex: indexer.start,
    close: indexer.close,
  };
}

export type Search = ReturnType<typeof createSearch>;
