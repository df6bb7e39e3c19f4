import type { Actor } from '../../../lib/actor.ts';
import { notFound } from '../../../lib/errors.ts';
import type { Db } from '../../../platform/db/db.ts';
import { pageOf, type ConversationPlace, type Conversations } from '../conversations.ts';
import { toConversation, type Conversation } from '../../messages.ts';
import { createConversationListStore, type BulkAction, type Selection } from './store.ts';

export type { BulkAction, Selection } from './store.ts';
/** `at`: the instant that marks what was changed together. */
export type Changed = { count: number; at: number };

/** More pinned ones are not shown above the others. */
const MAX_PINNED = 20;

type Deps = {
  db: Db;
  conversations: Conversations;
  now: () => number;
  /** Tells readers of a conversation that it is gone, and stops what is written in it. */
  onRemoved: (id: string) => Promise<void>;
};

/** The list of conversations, its archive, and what is done with several at once. */
export function createConversationList({ db, conversations, now, onRemoved }: Deps) {
  const store = createConversationListStore(db);

  return {
    /** Newest first, without archived ones, or those alone; paged by the last one's time and id. */
    async page(
      actor: Actor,
      view: { archived: boolean; limit: number; after?: ConversationPlace | undefined },
    ) {
      if (!view.archived) return conversations.list(actor, view);
      const after = view.after ?? { updatedAt: Number.MAX_SAFE_INTEGER, id: '' };
      const rows = await store.listArchived(actor.id, after, view.limit + 1);
      return pageOf(rows, view.limit);
    },

    /** Pinned ones, newest first, and the one with this id, which may be further down or archived. */
    async pinnedAnd(actor: Actor, id: string): Promise<Conversation[]> {
      return (await store.listPinnedAnd(actor.id, id, MAX_PINNED)).map(toConversation);
    },

    /** Ids that are not the person's own, or are so already, are left out. Deleting stops what is being written. */
    async change(actor: Actor, action: BulkAction, selection: Selection): Promise<Changed> {
      const at = now();
      const count = await store.change(actor.id, action, selection, at);
      if (action === 'delete') for (const id of await store.liveIn(actor.id, at)) await onRemoved(id);
      return { count, at };
    },

    /** Takes back what was archived or deleted together. @throws AppError `not_found` when nothing is left of it */
    async undo(actor: Actor, action: 'archive' | 'delete', at: number): Promise<number> {
      const count = await store.undo(actor.id, action, at);
      if (count === 0) throw notFound();
      return count;
    },

    /** How many images of a conversation, or of all deleted at an instant, stay in the library. */
    countImages: (actor: Actor, deleted: { at: number } | { id: string }): Promise<number> =>
      'id' in deleted
        ? store.countImagesOf(actor.id, deleted.id)
        : store.countImagesDeletedAt(actor.id, deleted.at),
  };
}

export type ConversationList = ReturnType<typeof createConversationList>;
