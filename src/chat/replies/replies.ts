import type { Attachments } from '../../attachments/attachments.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { Db } from '../../platform/db/db.ts';
import type { ContextWindow } from '../context-window/context-window.ts';
import type { ConversationChanges } from '../conversations/changes.ts';
import type { Actor } from '../../lib/actor.ts';
import type { AskedAgain, Exchanges } from '../questions/exchanges.ts';
import { canReopen, isLive, type Message } from '../messages.ts';
import type { ChatStore, MessageRow } from '../store.ts';
import type { Broadcaster, Following } from './broadcaster.ts';
import type { From, Sink } from './subscribers.ts';
import { createReplyRequests } from './reply-request.ts';
import type { ReplyWriter } from './reply-writer.ts';
import { findThinking } from '../thinking/store.ts';
import type { ReplyStore } from './store.ts';
import type { Vision } from '../context-window/vision.ts';

type Deps = {
  db: Db;
  attachments: Pick<Attachments, 'partsOf'>;
  vision: Vision;
  store: ChatStore;
  replyStore: ReplyStore;
  exchanges: Exchanges;
  changes: Pick<ConversationChanges, 'publishChange'>;
  /** Called when a reply has ended and is stored, however it ended. */
  onEnded(actor: Actor, replyId: string): void;
  writer: ReplyWriter;
  contextWindow: ContextWindow;
  broadcaster: Broadcaster;
  now: () => number;
  maxActive: number;
};
type Writing = {
  actor: Actor;
  soFar: string;
  thoughtSoFar?: { text: string; ms: number };
  model: string | undefined;
  requestId: string;
};

/** What can be done with a reply: have it written, stop it, go on with it, answer again, follow it. */
export function createReplies(deps: Deps) {
  const { db, store, replyStore, exchanges, changes, writer, broadcaster, onEnded, now, maxActive } = deps;
  const requestFor = createReplyRequests(deps);

  /** Starts writing a stored reply, detached from the caller. */
  function write(reply: Message, { actor, soFar, thoughtSoFar, model, requestId }: Writing): void {
    const { conversationId, parentId: questionId } = reply;
    const changed = new Set([reply.id]);
    const onWaiting = (isOver: boolean) => {
      if (questionId === null) return;
      // The question looks different once it does not wait any more.
      changed.add(questionId);
      if (isOver) changes.publishChange(conversationId, [questionId]);
    };
    writer.begin({
      id: reply.id,
      soFar,
      thoughtSoFar,
      requestId,
      request: (signal) => requestFor(reply, { actor, soFar, model, onWaiting }, signal),
    });
    void writer.find(reply.id)?.persisted.then(() => {
      changes.publishChange(conversationId, [...changed]);
      onEnded(actor, reply.id);
    });
  }

  async function getReply(actor: Actor, id: string): Promise<MessageRow> {
    const row = await store.findMessage(id, actor.id);
    if (!row || row.role !== 'assistant') throw notFound();
    return row;
  }

  async function get(actor: Actor, id: string): Promise<Message> {
    return exchanges.withSiblings(await getReply(actor, id));
  }

  /** Replies whose end was told may still be on their way into the database. */
  async function untilStored(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const last = writer.find(id);
      if (last?.end && (await last.written)) await last.persisted;
    }
  }

  async function refusalToReopen(row: MessageRow): Promise<AppError> {
    if (!canReopen(row)) return new AppError('conflict');
    if ((await store.countActive(row.owner_id)) >= maxActive) return exchanges.tooMany();
    return new AppError((await store.isBeingAnswered(row.parent_id)) ? 'answer_running' : 'conflict');
  }

  return {
    write,
    get,

    /** Stops a reply and keeps its text; one that is over stays as it is. @throws AppError `not_found` */
    async stop(actor: Actor, id: string): Promise<Message> {
      const row = await getReply(actor, id);
      if (isLive(row.status)) await writer.stop(row.id);
      const running = writer.find(row.id);
      const message = await get(actor, id);
      // It has stopped, but there is no room yet to store that.
      return running?.end ? { ...message, status: running.end.status, content: running.text } : message;
    },

    /** Stops all that is being written in a conversation. */
    async stopAll(conversationId: string): Promise<void> {
      for (const { id } of await replyStore.liveIn(conversationId)) await writer.stop(id);
    },

    /** Stops all that is being written for a person. */
    async stopOwner(ownerId: string): Promise<void> {
      await Promise.all((await replyStore.liveOf(ownerId)).map(({ id }) => writer.stop(id)));
    },

    /**
     * Goes on from the text of a stopped, interrupted or cut reply, or tries a failed one again.
     * @throws AppError `not_found`, `conflict`, `answer_running` when there is another, `too_many_active`
     */
    async continueReply(actor: Actor, id: string, requestId: string): Promise<Message> {
      const row = await getReply(actor, id);
      await untilStored([id]);
      if (!(await replyStore.reopen({ id, ownerId: actor.id, maxActive, now: now() })))
        throw await refusalToReopen(row);
      const reply = await get(actor, id);
      const thoughtSoFar = {
        text: reply.thinking ? await findThinking(db, id, actor.id) : '',
        ms: reply.thinking?.ms ?? 0,
      };
      const soFar = reply.content;
      write(reply, { actor, soFar, thoughtSoFar, requestId, model: row.model ?? undefined });
      changes.publishChange(reply.conversationId, [reply.id]);
      return reply;
    },

    /**
     * Another answer beside the first; nothing is overwritten.
     * @throws AppError `not_found`, `conflict`, `answer_running`, `too_many_active`
     */
    async regenerate(
      actor: Actor,
      id: string,
      { requestId, ...input }: AskedAgain & { requestId: string },
    ): Promise<Message> {
      const first = await getReply(actor, id);
      if (first.kind !== 'text') throw new AppError('conflict');
      await untilStored(await store.siblingsOf(first.parent_id));
      const reply = await exchanges.askAgain(actor, first, input);
      write(reply, { actor, soFar: '', model: input.model, requestId });
      // The other answers changed too: they count one more beside them.
      changes.publishChange(reply.conversationId, reply.siblings);
      return reply;
    },

    /** Follows a reply by position. @throws AppError `not_found` */
    async follow(actor: Actor, id: string, from: From, sink: Sink): Promise<Following | undefined> {
      await getReply(actor, id);
      const find = async () => {
        const row = await store.findMessage(id, actor.id);
        return row && exchanges.withSiblings(row);
      };
      return broadcaster.follow(id, find, from, sink);
    },

    /** Waits until a reply is over, wherever the caller goes meanwhile. */
    async finished(actor: Actor, id: string): Promise<Message> {
      await writer.find(id)?.persisted;
      return get(actor, id);
    },
  };
}

export type Replies = ReturnType<typeof createReplies>;
