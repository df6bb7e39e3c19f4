import type { Request } from 'express';
import type { Actor } from '../../lib/actor.ts';
import { isAppError } from '../../lib/errors.ts';
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
  query: { text: string; after?: number | undefined },
) => Promise<Found>;

export type FindView = {
  /** Nothing of a temporary conversation is in the search index. */
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
  const isOffered = conversation.expiresAt === null;
  const words = isOffered ? (textOf(req.query, 'in') ?? '').trim().slice(0, MAX_CHARACTERS) : '';
  const after = Number(textOf(req.query, 'in_after') ?? 0);
  const url = (more: Record<string, string>) =>
    `/conversations/${id}?${new URLSearchParams(at && !('at' in more) ? { at, ...more } : more).toString()}`;
  const found =
    words === '' ? null : await foundOr(find(userOf(req), id, { text: words, after: placeOf(after) }));
  return {
    isOffered,
    action: `/conversations/${id}#outline`,
    at: at ?? null,
    words,
    found: found && {
      ...found,
      hits: found.messages.map(({ messageId, role, places, excerpt, createdAt }) => ({
        url: `${url({ at: messageId, in: words })}#message-${messageId}`,
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

const placeOf = (after: number) => (Number.isSafeInteger(after) && after > 0 ? after : 0);

/** The conversation is shown, also when the search has no time for it. */
async function foundOr(finding: Promise<Found>): Promise<Found | null> {
  try {
    return await finding;
  } catch (error) {
    if (isAppError(error, 'busy') || isAppError(error, 'limited')) return null;
    throw error;
  }
}
