import type { Attachments } from '../../attachments/attachments.ts';
import type { Actor } from '../../lib/actor.ts';
import { notFound } from '../../lib/errors.ts';
import { changePositionAt, formatChangePosition } from '../conversations/change-position.ts';
import { questionsOf, type Conversations } from '../conversations/conversations.ts';
import { toMessage, type Conversation, type Message } from '../messages.ts';
import { branchOfMessages, positionOf, type Branch } from './outline.ts';
import type { Outlines } from './outlines.ts';
import { lastIn, stretchOf, type WindowPlace } from './place.ts';
import type { StoredHtml } from '../rendered/store.ts';
import type { ChatStore, WindowRow, WindowSize } from '../store.ts';

export type MessageWindow = {
  conversation: Conversation;
  /** Oldest first. */
  messages: Message[];
  /** What is stored as HTML of them, by message id. */
  stored: Map<string, StoredHtml>;
  /** The whole branch; undefined when nothing asked for it. */
  branch: Branch | undefined;
  /** Where the next question goes. */
  leafId: string;
  /** Whether this is the branch that the conversation opens with. */
  isCurrent: boolean;
  /** Whether these are the last messages of the branch. */
  isEnd: boolean;
  hasEarlier: boolean;
  /** From here on changes of the conversation can be followed; null when its end is not in the window. */
  position: string | null;
};

/** A message carries the time from before its transaction: so long ago all have been stored, or never will be. */
const SETTLING_MS = 5000;
type Deps = {
  store: ChatStore;
  attachments: Pick<Attachments, 'listOfMessages'>;
  conversations: Conversations;
  outlines: Outlines;
  now: () => number;
};

/** A long conversation is read in windows, from its end or around a message. */
export function createMessageWindows({ store, attachments, conversations, outlines, now }: Deps) {
  /** The last message of the window; the root in a conversation without messages, or before its first one. */
  async function lastOf(place: WindowPlace, id: string, leafId: string): Promise<string> {
    const named = place.before ?? place.last;
    if (named === undefined) return leafId;
    const found = await store.findPlace(named, id);
    if (!found) throw notFound();
    return place.before === undefined ? found.id : found.parent_id;
  }

  /** The chosen branch with its end. @throws AppError `not_found` for a message that is not in this conversation */
  async function findBranch(actor: Actor, id: string, at: string | undefined, leafId: string) {
    const outline = await outlines(id, actor.id);
    if (at !== undefined && !outline.has(at)) throw notFound();
    const current = outline.branchTo(leafId);
    if (at === undefined || positionOf(current, at) >= 0) return { end: leafId, branch: current };
    const end = outline.newestLeafBelow(at);
    return { end, branch: outline.branchTo(end) };
  }

  return {
    /**
     * @param wants `branch`: also what the whole branch consists of, which is read from the window when it holds all
     * @throws AppError `not_found`, also for a message that is not in this conversation
     */
    async open(
      actor: Actor,
      id: string,
      place: WindowPlace,
      size: WindowSize,
      wants: { branch: boolean },
    ): Promise<MessageWindow> {
      const since = now() - SETTLING_MS;
      const { conversation, leafId: currentLeaf } = await conversations.findLeaf(actor, id, undefined);
      const isChosen = place.at !== undefined || place.after !== undefined || place.first !== undefined;
      const chosen = isChosen ? await findBranch(actor, id, place.at, currentLeaf) : undefined;
      const leafId = chosen?.end ?? currentLeaf;
      const stretch = chosen && stretchOf(chosen.branch, place, size);
      const last = stretch ? lastIn(chosen.branch, stretch) : await lastOf(place, id, leafId);
      const exact = stretch && { messages: stretch.end - stretch.start, bytes: Number.MAX_SAFE_INTEGER };
      const rows = await store.branchWindow(last, id, exact ?? size);
      const siblings = await store.siblings(last, id, rows.length);
      const attached = await attachments.listOfMessages(actor.id, questionsOf(rows));
      const messages = rows.map((row) => toMessage(row, siblings.get(row.parent_id), attached.get(row.id)));
      const [isEnd, hasEarlier] = [last === leafId, (rows[0]?.parent_id ?? id) !== id];
      const isWhole = isEnd && !hasEarlier;
      const read = async () => chosen ?? (await findBranch(actor, id, undefined, leafId));
      return {
        conversation,
        messages,
        stored: new Map(rows.flatMap(storedOf)),
        branch: isWhole ? branchOfMessages(messages) : wants.branch ? (await read()).branch : undefined,
        leafId,
        isCurrent: leafId === currentLeaf,
        isEnd,
        hasEarlier,
        position: isEnd ? formatChangePosition(changePositionAt(since, rows)) : null,
      };
    },
  };
}

function storedOf({ id, source_length, html }: WindowRow): [string, StoredHtml][] {
  return source_length === null ? [] : [[id, { sourceLength: source_length, html }]];
}
