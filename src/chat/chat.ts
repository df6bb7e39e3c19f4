import { notFound } from '../lib/errors.ts';
import type { Attachments } from '../attachments/attachments.ts';
import type { NewId } from '../lib/ids.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Db } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { MarkdownRenderer } from '../platform/markdown/renderer.ts';
import type { Provider } from '../provider/provider.ts';
import { createAfterReply } from './background/after-reply.ts';
import { createContextWindow } from './context-window/context-window.ts';
import { createConversationChanges } from './conversations/changes.ts';
import type { Actor } from '../lib/actor.ts';
import { createConversationList } from './conversations/list/conversation-list.ts';
import { createConversations, type ConversationChange } from './conversations/conversations.ts';
import { createConversationStore } from './conversations/store.ts';
import { createDocuments } from './document/document.ts';
import { createDrafts } from './drafts/drafts.ts';
import { createExchanges } from './questions/exchanges.ts';
import type { Conversation, Message } from './messages.ts';
import { createOrigins } from './origins/origins.ts';
import { createQuestions } from './questions/questions.ts';
import { createPurge } from './conversations/purge/purge.ts';
import { createMessageWindows } from './outline/window.ts';
import { createOutlines } from './outline/outlines.ts';
import { createRenderedAnswers } from './rendered/rendered.ts';
import { createBroadcaster } from './replies/broadcaster.ts';
import { createReplies } from './replies/replies.ts';
import { createReplyWriter } from './replies/reply-writer.ts';
import { createReplyStore } from './replies/store.ts';
import { createChatStore } from './store.ts';
import { createTemporaryStore } from './conversations/temporary/store.ts';
import { createVision } from './context-window/vision.ts';
import { findThinking } from './thinking/store.ts';
import { createBranches } from './branches/branches.ts';
import { createComparison } from './branches/comparison/comparison.ts';
import { createWaitingMessages } from './questions/waiting/waiting.ts';

export { isChangePosition } from './conversations/change-position.ts';
export type { MessageChange } from './conversations/changes.ts';
export type { SeenContext } from './context-window/context-window.ts';
export type { Exchange, ImageWork, Question } from './questions/exchanges.ts';
export { isLive, type Conversation, type Message } from './messages.ts';
export type { HtmlOptions } from './rendered/rendered.ts';
export type { ReplyEvent, From } from './replies/subscribers.ts';

type Deps = {
  db: Db;
  bus: Bus;
  attachments: Attachments;
  provider: Provider;
  renderer: MarkdownRenderer;
  log: Log;
  newId: NewId;
  now: () => number;
  maxActive: number;
  /** A model writes titles and summaries. */
  automaticTitles: boolean;
};

/** Conversations, and replies that are written in the server whoever reads them. */
export function createChat(deps: Deps) {
  const { db, bus, attachments, provider, log, newId, now, maxActive } = deps;
  const store = createChatStore(db);
  const replyStore = createReplyStore(db);
  const rendered = createRenderedAnswers(deps);
  const writer = createReplyWriter({ store: replyStore, rendered, bus, provider, log, now });
  const broadcaster = createBroadcaster({ bus, writer, htmlOf: rendered.htmlOf, log, now });
  const conversations = createConversations({
    store,
    attachments,
    conversationStore: createConversationStore(db),
    now,
  });
  const contextWindow = createContextWindow({ db, store, provider, log });
  const { purge, purgeDeleted, purgeExpired } = createPurge({ db, attachments, now });
  const temporary = createTemporaryStore(db);
  const exchanges = createExchanges({ store, attachments, conversations, newId, now, maxActive });
  const changes = createConversationChanges({ store, bus, now, withSiblings: exchanges.withSiblings });
  const vision = createVision({ attachments, provider });
  const isOn = deps.automaticTitles;
  const onTitle = changes.publishTitle;
  const afterReply = createAfterReply({ db, store, provider, isOn, onTitle, log, now });
  const replies = createReplies({
    ...deps,
    onEnded: afterReply.begin,
    vision,
    store,
    replyStore,
    exchanges,
    changes,
    writer,
    contextWindow,
    broadcaster,
  });
  const questions = createQuestions({
    store,
    vision,
    conversations,
    exchanges,
    replies,
    changes,
  });
  const origins = createOrigins({ ...deps, store, conversations, contextWindow });
  const outlines = createOutlines(db);
  const waiting = createWaitingMessages({ db, store, attachments, exchanges, changes, writer, now });

  /** Other tabs are told that it is gone, and what is written in it stops. */
  async function leave(id: string): Promise<void> {
    changes.publishRemoval(id);
    await replies.stopAll(id);
  }

  return {
    list: conversations.list,
    conversationList: createConversationList({ db, conversations, now, onRemoved: leave }),
    listSummaries: conversations.listSummaries,
    get: conversations.get,
    open: conversations.open,
    openWindow: createMessageWindows({ store, attachments, conversations, outlines, now }).open,
    /** Writes what is given, and tells a new title to the pages that show it. @throws AppError `not_found`, `invalid` */
    async change(actor: Actor, id: string, change: ConversationChange): Promise<Conversation> {
      const changed = await conversations.change(actor, id, change);
      if (change.title !== undefined) changes.publishTitle(id, changed.title);
      return changed;
    },
    openDocument: createDocuments({ db, attachments, conversations, outlines }),
    restore: conversations.restore,
    purge,
    purgeDeleted,
    purgeExpired,
    /** Makes a temporary conversation a normal one. @throws AppError `not_found` when it is not there, or normal */
    async keep(actor: Actor, id: string): Promise<Conversation> {
      if ((await temporary.keep(id, actor.id)) === 0) throw notFound();
      return conversations.get(actor, id);
    },
    /** What was typed and not sent. */
    drafts: createDrafts(deps),

    /**
     * Moves it to the trash and stops what runs in it. A temporary one is deleted permanently at once.
     * @throws AppError `not_found`
     */
    async remove(actor: Actor, id: string): Promise<Conversation> {
      const conversation = await conversations.get(actor, id);
      await conversations.remove(actor, id);
      await leave(id);
      if (conversation.expiresAt !== null) await purge(actor, id);
      return conversation;
    },

    start: questions.start,
    send: questions.send,
    edit: questions.edit,
    askImage: questions.askImage,

    /** A message of one's own. @throws AppError `not_found` */
    async getMessage(actor: Actor, id: string): Promise<Message> {
      const row = await store.findMessage(id, actor.id);
      if (!row) throw notFound();
      return exchanges.withSiblings(row);
    },
    /** Questions that wait until the answer above them is finished. */
    waiting,
    compare: createComparison({ db, store, conversations, exchanges }),
    branches: createBranches({ db, store, replyStore, conversations, changes, writer, now }),
    origins,
    findReply: replies.get,
    stop: replies.stop,
    /** Stops every reply of a person that is being written: the person leaves or is suspended. */
    stopOwner: replies.stopOwner,
    continueReply: replies.continueReply,
    regenerate: replies.regenerate,
    follow: replies.follow,
    /** Tells what is said and changed in a conversation, from whichever tab or device. */
    followConversation: changes.follow,
    finished: replies.finished,
    /** What was thought for a reply of one's own, or its beginning; '' when there is nothing. */
    thoughtOf: (actor: Actor, id: string, limit?: number) => findThinking(db, id, actor.id, limit),
    findCut: contextWindow.findCut,
    findSeenContext: contextWindow.findSeen,
    htmlOf: rendered.htmlOf,
    htmlOfGrowing: rendered.growing,

    /** Marks replies whose writer is gone; at start-up those are all that are not finished. */
    async recover(options: { everything: boolean }): Promise<void> {
      const count = await writer.interruptSilent(options);
      if (count > 0) log.warn('replies marked as interrupted', { replies: count });
      if (count > 0 || options.everything) rendered.fill();
    },
    async close(): Promise<void> {
      rendered.close();
      await origins.continuations.close();
      contextWindow.close();
      await writer.close();
      await afterReply.close();
      await rendered.flush();
    },
  };
}

export type Chat = ReturnType<typeof createChat>;
