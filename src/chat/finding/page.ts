import type { Request } from 'express';
import type { Actor } from '../../lib/actor.ts';
import { isAppError } from '../../lib/errors.ts';
import { iso } from '../../lib/time.ts';
import { userOf } from '../../web/context.ts';
import { textOf } from '../../web/validation.ts';
import type { Conversation } from '../chat.ts';

/** What is found in one conversation. `excerpt`: escaped HTML with `<mark>`; `places`: how often it stands there. */
export type Found = {
  count: number;
  /** All of the conversation was looked through. */
  isWhole: boolean;
  /** Older messages are not in the search index yet. */
  isIndexing: boolean;
  messages: {
    messageId: string;
    role: 'user' | 'assistant';
    places: number;
    excerpt: string;
    createdAt: number;
  }[];
  nextAfter: number | null;
};
/** @throws AppError `busy`, `limited` */
export type FindInConversation = (
  actor: Actor,
  conversationId: string,
  /** `zone`: in which time zone the days of the text begin. */
  query: { text: string; zone: string; after?: number | undefined },
) => Promise<Found>;

export type FindView = {
  /** It is no temporary conversation. */
  isOffered: boolean;
  /** Where the form leads. */
  action: string;
  /** The message around which the page is, which stays. */
  at: string | null;
  /** '': nothing is looked for. */
  words: string;
  /** null: nothing is looked for, or it took too long. */
  found: (Omit<Found, 'messages' | 'nextAfter'> & { hits: HitView[] }) | null;
  nextUrl: string | null;
  clearUrl: string;
  /** The same in all conversations. */
  allUrl: string;
};
type HitView = { url: string; isQuestion: boolean; places: number; excerpt: string; createdAt: number };

/** Of what the search takes. */
const MAX_CHARACTERS = 400;

/** `?in=`: what stands beside a conversation to find something in it. */
export async function findView(
  req: Request,
  find: FindInConversation,
  { conversation, at }: { conversation: Conversation; at: string | undefined },
): Promise<FindView> {
  const { id } = conversation;
  const url = (more: Record<string, string>) =>
    `/conversations/${id}?${new URLSearchParams(at && !('at' in more) ? { at, ...more } : more).toString()}`;
  const words = wordsIn(req, conversation);
  const found = await foundFor(req, find, conversation);
  return {
    isOffered: isSearchable(conversation),
    action: `/conversations/${id}#outline`,
    at: at ?? null,
    words,
    found: found && {
      ...found,
      hits: found.messages.map(({ messageId, role, places, excerpt, createdAt }) => ({
        url: hitUrl(id, messageId, words),
        isQuestion: role === 'user',
        places,
        excerpt,
        createdAt,
      })),
    },
    nextUrl: found?.nextAfter ? `${url({ in: words, in_after: String(found.nextAfter) })}#outline` : null,
    clearUrl: `${url({})}#outline`,
    allUrl: `/search?${new URLSearchParams({ q: words }).toString()}`,
  };
}

/**
 * `?in=` for a client: the hits of the page, beside the conversation; nothing when nothing is looked for. `found` is null
 * when the search had no time.
 */
export async function foundJson(req: Request, find: FindInConversation, conversation: Conversation) {
  const words = wordsIn(req, conversation);
  if (words === '') return {};
  const found = await foundFor(req, find, conversation);
  if (!found) return { found };
  const hits = found.messages.map(({ messageId, role, places, excerpt, createdAt }) => ({
    message_id: messageId,
    role,
    places,
    excerpt,
    url: hitUrl(conversation.id, messageId, words),
    created_at: iso(createdAt),
  }));
  const { count, isWhole, isIndexing, nextAfter } = found;
  return { found: { count, complete: isWhole && !isIndexing, hits, next_after: nextAfter } };
}

/** Nothing of a temporary conversation is in the search index. */
const isSearchable = ({ expiresAt }: Conversation) => expiresAt === null;

const wordsIn = (req: Request, conversation: Conversation) =>
  isSearchable(conversation) ? (textOf(req.query, 'in') ?? '').trim().slice(0, MAX_CHARACTERS) : '';

const hitUrl = (id: string, messageId: string, words: string) =>
  `/conversations/${id}?${new URLSearchParams({ at: messageId, in: words }).toString()}#message-${messageId}`;

/** null when nothing is looked for, or the search has no time: the conversation is shown all the same. */
async function foundFor(
  req: Request,
  find: FindInConversation,
  conversation: Conversation,
): Promise<Found | null> {
  const text = wordsIn(req, conversation);
  if (text === '') return null;
  const [user, after] = [userOf(req), Number(textOf(req.query, 'in_after') ?? 0)];
  try {
    const zone = user.timeZone ?? 'UTC';
    return await find(user, conversation.id, { text, zone, after: placeOf(after) });
  } catch (error) {
    if (isAppError(error, 'busy') || isAppError(error, 'limited')) return null;
    throw error;
  }
}

const placeOf = (after: number) => (Number.isSafeInteger(after) && after > 0 ? after : 0);
