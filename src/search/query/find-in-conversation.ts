import { countPlaces, markedExcerpt } from './excerpt.ts';
import { matchOf, type Wanted } from './match.ts';
import { parseQuery } from '../../lib/search/query.ts';
import type { Span } from '../../lib/search/span.ts';
import { completionsOf } from './run-query.ts';
import type { ConversationMatchRow, QueryStore } from './store.ts';

/** `after`: where in the conversation to go on, as `nextAfter` told. */
export type FindRequest = {
  ownerId: string;
  conversationId: string;
  text: string;
  /** What the dates in the text leave of all time. */
  span: Span;
  limit: number;
  after: number;
};
export type FoundMessage = {
  messageId: string;
  role: 'user' | 'assistant';
  /** How often what was looked for stands in it and in its attachments. */
  places: number;
  /** Escaped HTML with `<mark>`. */
  excerpt: string;
  createdAt: number;
};
export type FindResult = {
  /** All messages that were found, on all branches; `isWhole`: none was left out for want of time. */
  count: number;
  isWhole: boolean;
  /** Of a long text in it the end is not indexed yet. */
  isIndexing: boolean;
  /** In the order of the conversation. */
  messages: FoundMessage[];
  nextAfter: number | null;
};

/** Of a conversation so many messages are looked up at once: each takes some 20 microseconds. */
const MESSAGES_AT_ONCE = 2000;
/** All of it ends well before the thread would be ended. */
const LOOKING_MS = 600;
const EXCERPTS_MS = 1000;

const nothing: FindResult = { count: 0, isWhole: true, isIndexing: false, messages: [], nextAfter: null };

/**
 * Finds the messages of one conversation, on every branch, that have all of what was typed. The index is asked for each
 * message of the conversation, so that it costs the same in a large account as in a small one.
 */
export function findInConversation(store: QueryStore, request: FindRequest): FindResult {
  const begun = performance.now();
  const query = parseQuery(request.text);
  const owner = store.findOwner(request.ownerId);
  if (owner === undefined) return nothing;
  const wanted = query.words.map((word) => ({ word, others: completionsOf(store, owner, word) }));
  const match = matchOf(wanted, query.filters);
  if (match === '') return nothing;
  const { rows, isWhole } = look(store, request, { match, until: begun + LOOKING_MS });
  const found = [...byMessage(rows).values()];
  const rest = found.filter(([first]) => first.seq > request.after);
  const messages: FoundMessage[] = [];
  for (const documents of rest.slice(0, request.limit)) {
    messages.push(toFound(store, documents, wanted));
    if (performance.now() > begun + EXCERPTS_MS) break;
  }
  const last = rest[messages.length - 1]?.[0];
  const nextAfter = last && rest.length > messages.length ? last.seq : null;
  const isIndexing = store.hasUnfinished(request.conversationId, request.ownerId);
  return { count: found.length, isWhole, isIndexing, messages, nextAfter };
}

type Looked = { match: string; until: number };
/** The message itself and its attachments, as far as they were found. */
type Documents = [ConversationMatchRow, ...ConversationMatchRow[]];

function look(store: QueryStore, { conversationId, ownerId, span }: FindRequest, { match, until }: Looked) {
  const rows: ConversationMatchRow[] = [];
  const end = store.lastOfConversation(conversationId, ownerId);
  for (let after = 0; after < end; after += MESSAGES_AT_ONCE) {
    if (performance.now() > until) return { rows, isWhole: false };
    const stretch = { after, last: after + MESSAGES_AT_ONCE };
    rows.push(...store.matchesInConversation({ conversationId, ownerId, match, span, stretch }));
  }
  return { rows, isWhole: true };
}

function byMessage(rows: readonly ConversationMatchRow[]): Map<string, Documents> {
  const found = new Map<string, Documents>();
  for (const row of rows) {
    const known = found.get(row.item_id);
    if (known) known.push(row);
    else found.set(row.item_id, [row]);
  }
  return found;
}

function toFound(store: QueryStore, documents: Documents, wanted: readonly Wanted[]): FoundMessage {
  const [first] = documents;
  const texts = documents.map((row) => store.textOf({ ...row, title: null }));
  return {
    messageId: first.item_id,
    role: first.role,
    places: texts.reduce((sum, text) => sum + countPlaces(text, wanted), 0),
    excerpt: markedExcerpt(texts[0] ?? '', wanted),
    createdAt: first.created_at,
  };
}
