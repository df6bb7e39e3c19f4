import type { Actor } from '../../lib/actor.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { excerpt } from '../../lib/text.ts';
import type { Db } from '../../platform/db/db.ts';
import type { ConversationChanges } from '../conversations/changes.ts';
import type { Conversations } from '../conversations/conversations.ts';
import type { Conversation } from '../messages.ts';
import type { ReplyWriter } from '../replies/reply-writer.ts';
import type { ReplyStore } from '../replies/store.ts';
import type { ChatStore, MessageRow } from '../store.ts';
import { messagesBelow, outlineBranches, type BranchOutline } from './outline.ts';
import { createBranchStore, type BranchRow } from './store.ts';

/** A page lists at most so many. */
const MAX_BRANCHES = 300;
/** Rows of one transaction: a few milliseconds, in which no stream moves. */
const ROWS_AT_ONCE = 100;
const MAX_NAME = 100;
/** Open pages are told the ids of at most so many removed messages. */
const MAX_TOLD = 1000;

export type Branch = BranchOutline & {
  name: string | null;
  start: string;
  model: string | null;
  createdAt: number;
};

type Deps = {
  db: Db;
  store: ChatStore;
  replyStore: Pick<ReplyStore, 'liveIn'>;
  conversations: Pick<Conversations, 'findLeaf'>;
  changes: Pick<ConversationChanges, 'publishChange' | 'publishWithdrawal'>;
  writer: Pick<ReplyWriter, 'stop'>;
  now: () => number;
};

/** The branches of a conversation: listed, named, deleted. A branch is named by the message where it begins. */
export function createBranches({ db, store, replyStore, conversations, changes, writer, now }: Deps) {
  const branchStore = createBranchStore(db);

  async function getFirst(actor: Actor, id: string): Promise<MessageRow> {
    const row = await store.findMessage(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  return {
    /** @throws AppError `not_found` */
    async list(
      actor: Actor,
      conversationId: string,
    ): Promise<{ conversation: Conversation; branches: Branch[]; isCut: boolean }> {
      const { conversation, leafId } = await conversations.findLeaf(actor, conversationId, undefined);
      const rows = await branchStore.outline(conversationId, actor.id);
      const outlines = outlineBranches(rows, conversationId, leafId, MAX_BRANCHES + 1);
      const ids = outlines.flatMap(({ firstId, secondId }) => (secondId ? [firstId, secondId] : [firstId]));
      const described = await branchStore.describe(ids, actor.id);
      const branches = outlines.slice(0, MAX_BRANCHES).map((outline) => branchOf(outline, described));
      return { conversation, branches, isCut: outlines.length > MAX_BRANCHES };
    },

    /** Gives the branch that begins with a message a name; a blank one takes it away. @returns the id of its conversation */
    async rename(actor: Actor, id: string, name: string): Promise<string> {
      const { conversation_id: conversationId } = await getFirst(actor, id);
      await branchStore.rename(id, actor.id, excerpt(name, MAX_NAME) || null);
      return conversationId;
    },

    /**
     * Deletes a message with all that goes on from it, for good; what is being written there is stopped first. Images
     * stay in the library. A long branch goes from its end in several steps, each of which leaves a whole tree.
     * @returns the id of its conversation
     * @throws AppError `not_found`, `conflict` when there is no other branch beside it
     */
    async remove(actor: Actor, id: string): Promise<string> {
      const { conversation_id: conversationId, parent_id: parentId } = await getFirst(actor, id);
      const siblings = await store.siblingsOf(parentId);
      if (siblings.length < 2) throw new AppError('conflict');
      const ids = messagesBelow(await branchStore.outline(conversationId, actor.id), id);
      const inBranch = new Set(ids);
      for (const live of await replyStore.liveIn(conversationId))
        if (inBranch.has(live.id)) await writer.stop(live.id);
      const where = { first: id, conversationId, ownerId: actor.id };
      for (let end = ids.length; end > 0; end -= ROWS_AT_ONCE)
        await branchStore.remove(where, ids.slice(Math.max(0, end - ROWS_AT_ONCE), end), now());
      changes.publishWithdrawal(conversationId, ids.slice(0, MAX_TOLD).toReversed());
      changes.publishChange(
        conversationId,
        siblings.filter((sibling) => sibling !== id),
      );
      return conversationId;
    },
  };
}

export type Branches = ReturnType<typeof createBranches>;

function branchOf(outline: BranchOutline, described: ReadonlyMap<string, BranchRow>): Branch {
  const first = described.get(outline.firstId);
  const second = described.get(outline.secondId ?? '');
  return {
    ...outline,
    name: first?.branch_name ?? null,
    start: first?.start ?? '',
    model: first?.model ?? second?.model ?? null,
    createdAt: first?.created_at ?? 0,
  };
}
