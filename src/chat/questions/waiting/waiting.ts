import type { Actor } from '../../../lib/actor.ts';
import type { Attachments } from '../../../attachments/attachments.ts';
import { AppError, notFound } from '../../../lib/errors.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { ConversationChanges } from '../../conversations/changes.ts';
import type { Exchanges } from '../exchanges.ts';
import type { Message } from '../../messages.ts';
import type { ReplyWriter } from '../../replies/reply-writer.ts';
import type { ChatStore, MessageRow } from '../../store.ts';
import { requireWordsOrFiles } from '../words-or-files.ts';
import { createWaitingStore } from './store.ts';

type Deps = {
  db: Db;
  store: ChatStore;
  attachments: Pick<Attachments, 'relinking'>;
  exchanges: Pick<Exchanges, 'filesOf' | 'withSiblings'>;
  changes: Pick<ConversationChanges, 'publishChange' | 'publishWithdrawal'>;
  writer: Pick<ReplyWriter, 'find' | 'stop'>;
  now: () => number;
};

/** `canSendNow`: it is the next one, so that stopping the answer above it sends it. */
export type WaitingState = { canSendNow: boolean };

/** Questions that were sent while an answer is still being written: until their turn they can be changed and taken back. */
export function createWaitingMessages(deps: Deps) {
  const { db, store, attachments, exchanges, changes, writer, now } = deps;
  const waitingStore = createWaitingStore(db);

  async function getQuestion(actor: Actor, id: string): Promise<MessageRow> {
    const row = await store.findMessage(id, actor.id);
    if (!row) throw notFound();
    if (row.role !== 'user') throw new AppError('conflict');
    return row;
  }

  /** An answer that was resumed makes what follows it look as if it waited, until its next save. */
  async function assertNotBegun(actor: Actor, id: string): Promise<string[]> {
    const replies = await waitingStore.repliesTo(id, actor.id);
    if (replies.some((reply) => (writer.find(reply)?.startedAt ?? null) !== null))
      throw new AppError('conflict');
    return replies;
  }

  async function list(actor: Actor, conversationId: string): Promise<Map<string, WaitingState>> {
    const rows = await waitingStore.list(conversationId, actor.id);
    const ids = new Set(rows.map(({ id }) => id));
    const states = rows.map(async ({ id, parent_id: parentId }): Promise<[string, WaitingState]> => {
      const above = await store.findPlace(parentId, conversationId);
      return [id, { canSendNow: !above || !ids.has(above.parent_id) }];
    });
    return new Map(await Promise.all(states));
  }

  return {
    /** The questions of a conversation that wait, by their ids. */
    list,

    /**
     * Gives a waiting question other words and, where they are given, other files.
     * @throws AppError `not_found`, `invalid` for neither words nor files, `attachment_missing`, `conflict` when its turn has
     * come
     */
    async change(
      actor: Actor,
      id: string,
      { content, attachments: ids }: { content: string; attachments?: string[] | undefined },
    ): Promise<Message> {
      const { conversation_id: conversationId } = await getQuestion(actor, id);
      requireWordsOrFiles(content, ids ?? (await exchanges.filesOf(actor, id)));
      await assertNotBegun(actor, id);
      const files = ids ? attachments.relinking(actor.id, id, ids) : [];
      await waitingStore.change(id, actor.id, { content, files });
      changes.publishChange(conversationId, [id]);
      return exchanges.withSiblings(await getQuestion(actor, id));
    },

    /**
     * Takes a waiting question back; what was said after it moves up. @returns the id of its conversation
     * @throws AppError `not_found`, `conflict` when its turn has come
     */
    async withdraw(actor: Actor, id: string): Promise<string> {
      const { conversation_id: conversationId } = await getQuestion(actor, id);
      const replies = await assertNotBegun(actor, id);
      await waitingStore.withdraw(id, actor.id, now());
      changes.publishWithdrawal(conversationId, [id, ...replies]);
      // The one behind it may be next now.
      changes.publishChange(conversationId, [...(await list(actor, conversationId)).keys()]);
      await Promise.all(replies.map((reply) => writer.stop(reply)));
      return conversationId;
    },

    /**
     * Stops the answer that a question waits for, so that it is sent. One whose turn has come already stays as it is.
     * @throws AppError `not_found`, `conflict` when another question is next
     */
    async sendNow(actor: Actor, id: string): Promise<Message> {
      const question = await getQuestion(actor, id);
      const state = (await list(actor, question.conversation_id)).get(id);
      if (state && !state.canSendNow) throw new AppError('conflict');
      if (state) await writer.stop(question.parent_id);
      return exchanges.withSiblings(question);
    },
  };
}

export type WaitingMessages = ReturnType<typeof createWaitingMessages>;
