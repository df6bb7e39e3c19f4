import { AppError, isAppError, notFound } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import { titleOf } from '../lib/text.ts';
import type { Models } from '../models/models.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { ChatParameters, Provider } from '../provider/provider.ts';
import { buildTurns } from './context.ts';
import { createConversations } from './conversations.ts';
import { createFeeds, type Following, type From, type Sink } from './feeds.ts';
import { isLive, toMessage, type Conversation, type Message } from './messages.ts';
import { createRuns } from './runs.ts';
import { createChatStore, type MessageRow } from './store.ts';

export { canContinue, isLive, type Conversation, type Message, type ReplyError } from './messages.ts';
export type { FeedEvent, Following } from './feeds.ts';

/** A branch longer than this is sent to the model server from its end. */
const MAX_TURNS = 400;

export type Actor = { id: string };
export type Question = {
  content: string;
  parentId?: string | undefined;
  clientId?: string | undefined;
  model?: string | undefined;
  requestId: string;
};
export type NewConversation = {
  title?: string | undefined;
  model?: string | undefined;
  systemPrompt?: string | undefined;
  clientId?: string | undefined;
};
/** Work of another part that is stored in the same transaction as its place in the conversation. */
export type PictureWork = { statements(replyId: string): Statement[] };
export type Exchange = { message: Message; reply: Message };

type Deps = {
  db: Db;
  bus: Bus;
  provider: Provider;
  models: Models;
  log: Log;
  newId: NewId;
  now: () => number;
  maxActive: number;
};

/** Conversations, and replies that are written in the server whoever reads them. */
export function createChat({ db, bus, provider, models, log, newId, now, maxActive }: Deps) {
  const store = createChatStore(db);
  const runs = createRuns({ store, bus, provider, log, now });
  const feeds = createFeeds({ bus, runs, store, now });
  const conversations = createConversations({ store, newId, now });

  /** Stores question and empty reply in one transaction; a repeat with the same client id finds the first pair. */
  async function ask(
    actor: Actor,
    conversationId: string,
    question: Question,
    extra: { before?: Statement[]; picture?: PictureWork } = {},
  ): Promise<Exchange & { isRepeat: boolean }> {
    const ids = { question: newId(), reply: newId() };
    const kind = extra.picture ? 'picture' : 'text';
    const [insert, ...rest] = store.exchange({
      ...{ ids, conversationId, ownerId: actor.id, maxActive, now: now(), kind },
      ...question,
    });
    const { before = [] } = extra;
    const after = extra.picture?.statements(ids.reply) ?? [];
    const mustChange = before.length + after.length > 0;
    await store.batch([...before, { ...insert, mustChange }, ...rest, ...after]).catch((error: unknown) => {
      // Refused as a whole; the look-ups below tell a repeat from a refusal.
      if (!isAppError(error, 'conflict')) throw error;
    });
    const found = question.clientId
      ? await store.findQuestionByClientId(conversationId, question.clientId)
      : await store.findMessage(ids.question, actor.id);
    if (!found || found.owner_id !== actor.id) throw await whyRefused(actor, conversationId);
    const reply = await store.findReplyTo(found.id);
    if (!reply) throw new AppError('too_many_active', { params: { limit: maxActive }, retryAfterSeconds: 5 });
    return { message: toMessage(found), reply: toMessage(reply), isRepeat: found.id !== ids.question };
  }

  async function whyRefused(actor: Actor, conversationId: string): Promise<AppError> {
    if (!(await store.findConversation(conversationId, actor.id))) return notFound();
    const active = await store.countActive(actor.id);
    if (active < maxActive) return notFound();
    return new AppError('too_many_active', { params: { limit: maxActive }, retryAfterSeconds: 5 });
  }

  /** Starts writing a stored reply, detached from the caller. */
  function write(reply: { id: string; parentId: string | null; conversationId: string }, from: {
    actor: Actor;
    soFar: string;
    model: string | undefined;
    requestId: string;
    previousReplyId: string | null;
  }): void {
    runs.begin({
      id: reply.id,
      soFar: from.soFar,
      requestId: from.requestId,
      after: from.previousReplyId ? runs.find(from.previousReplyId)?.ended : undefined,
      request: async () => {
        const conversation = await store.findConversation(reply.conversationId, from.actor.id);
        if (!conversation || !reply.parentId) throw new AppError('stopped');
        const branch = await store.branch(reply.parentId, reply.conversationId, MAX_TURNS);
        return {
          providerId: await models.providerId(),
          model: from.model ?? conversation.model ?? undefined,
          turns: buildTurns(conversation.system_prompt, branch, from.soFar),
          parameters: JSON.parse(conversation.parameters) as ChatParameters,
        };
      },
    });
  }

  async function getReply(actor: Actor, id: string): Promise<MessageRow> {
    const row = await store.findMessage(id, actor.id);
    if (!row || row.role !== 'assistant') throw notFound();
    return row;
  }

  async function send(actor: Actor, conversationId: string, question: Question): Promise<Exchange> {
    const { message, reply, isRepeat } = await ask(actor, conversationId, question);
    if (!isRepeat) write(reply, { actor, soFar: '', previousReplyId: message.parentId, ...question, model: question.model });
    return { message, reply };
  }

  /** A new conversation, with its first question when there is one. A repeat of the client id finds the first. */
  async function start(
    actor: Actor,
    input: NewConversation,
    question?: Question,
    picture?: PictureWork,
  ): Promise<{ conversation: Conversation; exchange: Exchange | undefined; isRepeat: boolean }> {
    const id = newId();
    const title = input.title ?? (question ? titleOf(question.content) : '');
    const insert = conversations.insertion(actor, id, { ...input, title });
    if (!question) {
      await store.batch([insert]);
      const conversation = await conversations.find(actor, id, input.clientId);
      return { conversation, exchange: undefined, isRepeat: conversation.id !== id };
    }
    const known = input.clientId ? await store.findByClientId(actor.id, input.clientId) : undefined;
    const extra = { picture, before: known ? [] : [insert] };
    const asked = await ask(actor, known?.id ?? id, question, extra).catch(async (error: unknown) => {
      // Lost the race against the same client id: the first one's conversation has the question.
      const first = input.clientId ? await store.findByClientId(actor.id, input.clientId) : undefined;
      if (!first || first.id === id) throw error;
      return ask(actor, first.id, question, { picture });
    });
    const { isRepeat, ...exchange } = asked;
    if (!isRepeat && !picture)
      write(exchange.reply, { actor, soFar: '', previousReplyId: null, ...question, model: question.model ?? input.model });
    const conversation = await conversations.get(actor, exchange.message.conversationId);
    return { conversation, exchange, isRepeat };
  }

  return {
    list: conversations.list,
    get: conversations.get,
    open: conversations.open,
    change: conversations.change,
    restore: conversations.restore,
    start,
    send,

    /** Stores a picture's question and its place in the conversation together with the work that makes it. */
    askPicture: (actor: Actor, conversationId: string, question: Question, picture: PictureWork) =>
      ask(actor, conversationId, question, { picture }),

    /** Moves it to the trash and stops what runs in it. @throws AppError `not_found` */
    async remove(actor: Actor, id: string): Promise<void> {
      await conversations.remove(actor, id);
      for (const live of await store.liveIn(id)) await runs.stop(live.id);
    },

    /** @throws AppError `not_found` when it is no reply of the actor's */
    async findReply(actor: Actor, id: string): Promise<Message> {
      return toMessage(await getReply(actor, id));
    },

    /** Stops a reply and keeps its text; one that is over stays as it is. */
    async stop(actor: Actor, id: string): Promise<Message> {
      const row = await getReply(actor, id);
      if (isLive(row.status)) await runs.stop(row.id);
      return toMessage(await getReply(actor, id));
    },

    /** Goes on from the text of a stopped, interrupted or cut reply, or tries a failed one again. */
    async goOn(actor: Actor, id: string, requestId: string): Promise<Message> {
      const row = await getReply(actor, id);
      if (row.kind !== 'text') throw new AppError('conflict');
      if ((await store.reopen(row.id, actor.id, maxActive, now())) === 0) throw new AppError('conflict');
      const model = row.model ?? undefined;
      const reply = toMessage(await getReply(actor, id));
      write(reply, { actor, soFar: row.content, requestId, model, previousReplyId: null });
      return reply;
    },

    /** Another answer beside the first; nothing is overwritten. */
    async regenerate(actor: Actor, id: string, input: { model?: string | undefined; requestId: string }): Promise<Message> {
      const first = await getReply(actor, id);
      if (first.kind !== 'text' || !first.parent_id) throw new AppError('conflict');
      const replyId = newId();
      await store.batch(store.sibling({ replyId, questionId: first.parent_id, ownerId: actor.id, maxActive, now: now(), model: input.model }));
      const row = await store.findMessage(replyId, actor.id);
      if (!row) throw new AppError('too_many_active', { params: { limit: maxActive }, retryAfterSeconds: 5 });
      write(toMessage(row), { actor, soFar: '', previousReplyId: null, ...input, model: input.model });
      return toMessage(row);
    },

    /** Follows a reply by position. @throws AppError `not_found` */
    async follow(
      actor: Actor,
      id: string,
      from: From,
      sink: Sink,
    ): Promise<Following | undefined> {
      return feeds.follow(await getReply(actor, id), from, sink);
    },

    /** Waits until a reply is over, wherever the caller goes meanwhile. */
    async finished(actor: Actor, id: string): Promise<Message> {
      await runs.find(id)?.ended;
      return toMessage(await getReply(actor, id));
    },

    /** Marks replies whose writer is gone; at start-up those are all that are not finished. */
    async recover(options: { everything: boolean }): Promise<void> {
      const count = await runs.interruptSilent(options);
      if (count > 0) log.warn('replies marked as interrupted', { replies: count });
    },
    close: () => runs.close(),
  };
}

export type Chat = ReturnType<typeof createChat>;