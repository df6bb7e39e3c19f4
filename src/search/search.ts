import { join } from 'node:path';
import { invalid } from '../lib/errors.ts';
import type { Actor } from '../lib/actor.ts';
import type { Config } from '../platform/config.ts';
import { parseQuery } from '../lib/search/query.ts';
import { spanOf } from '../lib/search/span.ts';
import type { Calendar } from '../lib/time.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { createIndexer } from './indexing/indexer.ts';
import { createIndexingStore } from './indexing/store.ts';
import type { ContentKinds } from '../lib/content-kinds.ts';
import type { FindResult } from './query/find-in-conversation.ts';
import { isCursor, type SearchResult } from './query/run-query.ts';
import { createSearcher } from './query/searcher.ts';

export type { FoundDocument, SearchResult } from './query/run-query.ts';

/** `zone`: in which time zone the days of the text begin. */
export type SearchInput = {
  text: string;
  zone: string;
  kinds: ContentKinds;
  limit: number;
  cursor?: string | undefined;
};
/** So many messages of one conversation are listed together. */
const FOUND_AT_ONCE = 50;
type Deps = { db: Db; log: Log; calendar: Calendar; config: Pick<Config, 'dataDir'> };

/** Finds titles, messages, the text of attachments and the prompts of images of one person. */
export function createSearch({ db, log, calendar, config }: Deps) {
  const indexer = createIndexer({ store: createIndexingStore(db), log });
  const searcher = createSearcher({ path: join(config.dataDir, 'salon.db'), log });
  const spanIn = (text: string, zone: string) => spanOf(parseQuery(text).filters, zone, calendar);
  return {
    /**
     * The best hits first; `cursor` is what the page before gave. @throws AppError `invalid` for a cursor, `busy` when it
     * takes too long, `limited` when the same person searches for something newer
     */
    async find(actor: Actor, { text, zone, kinds, limit, cursor }: SearchInput): Promise<SearchResult> {
      if (cursor !== undefined && !isCursor(cursor)) throw invalid('cursor', 'unknown_value');
      return searcher.search({ ownerId: actor.id, text, span: spanIn(text, zone), kinds, limit, cursor });
    },
    /**
     * The messages of a conversation of one's own, on every branch, that have what was typed; `after` is what the page before gave.
     * @throws AppError `busy`, `limited`, as `find` does
     */
    async findInConversation(
      actor: Actor,
      conversationId: string,
      { text, zone, after = 0 }: { text: string; zone: string; after?: number | undefined },
    ): Promise<FindResult> {
      const span = spanIn(text, zone);
      const request = { ownerId: actor.id, conversationId, text, span, limit: FOUND_AT_ONCE, after };
      const found = await searcher.find(request);
      return { ...found, isIndexing: found.isIndexing || indexer.remaining() !== undefined };
    },
    /** How much is still to be indexed, from 1 to 0; undefined when all is, or only a few messages wait. */
    remaining: indexer.remaining,
    /** Brings the index up to date in the background: what is older than it, and what was deleted for good. */
    refreshIndex: indexer.start,
    /**
     * While much is written, such as an import: what waits to be indexed goes on waiting until the function that this
     * returns is called.
     */
    pauseIndexing: indexer.pause,
    /** Takes the words of what was deleted for good out of the index; resolves once none of them is left in it. */
    async forgetDeleted(): Promise<void> {
      indexer.start();
      await indexer.settled();
    },
    async close(): Promise<void> {
      searcher.close();
      await indexer.close();
    },
  };
}

export type Search = ReturnType<typeof createSearch>;
