import { parentPort, workerData } from 'node:worker_threads';
import { openReader } from '../../platform/db/reader.ts';
import { findInConversation, type FindRequest } from './find-in-conversation.ts';
import { runQuery, type SearchRequest } from './run-query.ts';
import { createPlaceStore } from './places/store.ts';
import { createQueryStore } from './store.ts';

/** The branches of the trees that a search goes down again and again. */
const CACHE_KILOBYTES = 8000;

// The program of the thread that searches: one request after the other, on a connection of its own that only reads.
const reader = openReader((workerData as { path: string }).path, CACHE_KILOBYTES);
const store = { ...createQueryStore(reader), places: createPlaceStore(reader) };

parentPort?.on('message', (request: SearchRequest | FindRequest) => {
  const isFind = 'conversationId' in request;
  parentPort?.postMessage(isFind ? findInConversation(store, request) : runQuery(store, request));
});
parentPort?.postMessage('ready');
