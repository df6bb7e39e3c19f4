import { AppError } from '../../lib/errors.ts';
import type { Log } from '../../platform/log.ts';
import { createLane } from '../../platform/worker-thread/lane.ts';
import { startWorker } from '../../platform/worker-thread/start-worker.ts';
import { createFairQueue } from './queue.ts';
import type { FindRequest, FindResult } from './find-in-conversation.ts';
import type { SearchRequest, SearchResult } from './run-query.ts';

/** A thread that is at one search for so long is ended; a search itself gives up much sooner. */
const LIMIT_MS = 1500;

/** Searches in a thread of its own, so that no stream ever waits for it. `path` is the database file. */
export function createSearcher({ path, log }: { path: string; log: Log }) {
  const lane = createLane<SearchRequest | FindRequest>({
    startWorker: () => startWorker('search-worker', new URL('./worker.ts', import.meta.url), { path }),
    reportFault: (cause) => log.error('search failed', { cause: String(cause) }),
  });
  // Each throws AppError `busy` when it takes too long, `limited` when the same person asks for something newer.
  return {
    search: createFairQueue(async (request: SearchRequest) =>
      inTime(await lane.run<SearchResult>(request, LIMIT_MS)),
    ),
    find: createFairQueue(async (request: FindRequest) =>
      inTime(await lane.run<FindResult>(request, LIMIT_MS)),
    ),
    close: lane.close,
  };
}

/** @throws AppError `busy` for what did not come in time */
function inTime<Result>(result: Result | undefined): Result {
  if (!result) throw new AppError('busy', { retryAfterSeconds: 1 });
  return result;
}
