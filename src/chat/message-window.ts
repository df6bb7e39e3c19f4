import { notFound } from '../lib/errors.ts';
import { changePositionAt, formatChangePosition } from './change-position.ts';
import type { Actor } from '../lib/actor.ts';
import type { Conversations } from './conversations.ts';
import { toMessage, type Conversation, type Message } from './messages.ts';
import type { StoredHtml } from './rendered/store.ts';
import type { ChatStore, WindowRow, WindowSize } from './store.ts';

/** Which part of which branch: all are ids of messages. */
export type WindowPlace = {
  /** The branch that leads through this message, instead of the current one. */
  at?: string | undefined;
  /** What stands before this message, instead of the end of the branch. */
  before?: string | undefined;
  /** What ends with this message. */
  last?: string | undefined;
};
export type MessageWindow = {
  conversation: Conversation;
  /** Oldest first. */
  messages: Message[];
  /** What is stored as HTML of them, by message id. */
  stored: Map<string, StoredHtml>;
  /** Where the next question goes. */
  leafId: string;
  /** Whether these are the last messages of the branch. */
  isEnd: boolean;
  hasEarlier: boolean;
  /** From here on changes of the conversation can be followed; null when its end is not in the window. */
  position: string | null;
};

/** A message carries the time from before its transaction: so long ago all have been stored, or never will be. */
const SETTLING_MS = 5000;

/** A long conversation is read in windows, from its end. */
export function createMessageWindows({
  store,
  conversations,
  now,
}: {
  store: ChatStore;
  conversations: Conversations;
  now: () => number;
}) {
  /** The last message of the window; the root in a conversation without messages, or before its first one. */
  async function lastOf(place: WindowPlace, id: string, leafId: string): Promise<string> {
    const named = place.before ?? place.last;
    if (named === undefined) return leafId;
    const found = await store.findPlace(named, id);
    if (!found) throw notFound();
    return place.before === undefined ? found.id : found.parent_id;
  }

  return {
    /** @throws AppError `not_found`, also for a message that is not in this conversation */
    async open(actor: Actor, id: string, place: WindowPlace, size: WindowSize): Promise<MessageWindow> {
      const at = now() - SETTLING_MS;
      const { conversation, leafId } = await conversations.findLeaf(actor, id, place.at);
      const last = await lastOf(place, id, leafId);
      const rows = await store.branchWindow(last, id, size);
      const siblings = await store.siblings(last, id, rows.length);
      return {
        conversation,
        messages: rows.map((row) => toMessage(row, siblings.get(row.parent_id))),
        stored: new Map(rows.flatMap(storedOf)),
        leafId,
        isEnd: last === leafId,
        hasEarlier: (rows[0]?.parent_id ?? id) !== id,
        position: last === leafId ? formatChangePosition(changePositionAt(at, rows)) : null,
      };
    },
  };
}

function storedOf({ id, source_length, html }: WindowRow): [string, StoredHtml][] {
  return source_length === null ? [] : [[id, { sourceLength: source_length, html }]];
}
