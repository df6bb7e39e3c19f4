import type { Actor } from '../../lib/actor.ts';
import { requireWordsOrFiles } from './words-or-files.ts';
import { AppError, invalid, notFound } from '../../lib/errors.ts';
import type { ConversationChanges } from '../conversations/changes.ts';
import type { Conversations } from '../conversations/conversations.ts';
import type { Exchange, Exchanges, ImageWork, NewConversation, Question } from './exchanges.ts';
import type { Conversation } from '../messages.ts';
import type { Replies } from '../replies/replies.ts';
import type { ChatStore } from '../store.ts';
import type { Vision } from '../context-window/vision.ts';

type Deps = {
  store: ChatStore;
  vision: Vision;
  conversations: Conversations;
  exchanges: Exchanges;
  replies: Replies;
  changes: Pick<ConversationChanges, 'publishChange'>;
};

/** What a person asks: stored with its empty reply, answered in the background, and told to the other tabs. */
export function createQuestions(deps: Deps) {
  const { store, vision, conversations, exchanges, replies, changes } = deps;

  /** Tells the other tabs and devices. The versions beside the question changed too: they count one more. */
  const publishExchange = ({ message, reply }: Exchange) =>
    changes.publishChange(message.conversationId, [...message.siblings, reply.id]);

  /** Stores a question and has it answered. @throws AppError `not_found`, `too_many_active` */
  async function send(actor: Actor, conversationId: string, question: Question): Promise<Exchange> {
    const { model, requestId, attachments: attached = [] } = question;
    if (attached.length > 0) {
      const conversation = await conversations.get(actor, conversationId);
      await vision.requireVision(actor, attached, model ?? conversation.model);
    }
    const { isRepeat, ...exchange } = await exchanges.ask(actor, conversationId, question);
    if (!isRepeat) replies.write(exchange.reply, { actor, soFar: '', model, requestId });
    if (!isRepeat) publishExchange(exchange);
    return exchange;
  }

  return {
    send,

    /**
     * A new conversation, with its first question when there is one. A repeat of the client id finds the first.
     * @throws AppError `too_many_active`: then nothing is stored
     */
    async start(
      actor: Actor,
      input: NewConversation,
      question?: Question,
      image?: ImageWork,
    ): Promise<{ conversation: Conversation; exchange: Exchange | undefined; isRepeat: boolean }> {
      if (!question) return { ...(await exchanges.beginEmpty(actor, input)), exchange: undefined };
      const { model = input.model, requestId, attachments: attached = [] } = question;
      if (!image) await vision.requireVision(actor, attached, model);
      const { isRepeat, ...exchange } = await exchanges.begin(actor, input, question, image);
      if (!isRepeat && !image) replies.write(exchange.reply, { actor, soFar: '', model, requestId });
      if (!isRepeat) publishExchange(exchange);
      const conversation = await conversations.get(actor, exchange.message.conversationId);
      return { conversation, exchange, isRepeat };
    },

    /**
     * The question in other words: another one beside it with an answer of its own. The first, its files and what answers
     * it stay. Without `attachments` it has the same files. @throws AppError `not_found`, `invalid` for a question without
     * words and files, `conflict` for an image, `too_many_active`
     */
    async edit(actor: Actor, id: string, question: Omit<Question, 'parentId'>): Promise<Exchange> {
      const edited = await store.findMessage(id, actor.id);
      if (edited?.role !== 'user') throw notFound();
      if (edited.kind !== 'text') throw new AppError('conflict');
      const attached = question.attachments ?? (await exchanges.filesOf(actor, id));
      requireWordsOrFiles(question.content, attached);
      const other = { ...question, attachments: attached, parentId: edited.parent_id };
      return send(actor, edited.conversation_id, other);
    },

    /** Stores an image's question and its place in the conversation together with the work that makes it. */
    async askImage(
      actor: Actor,
      conversationId: string,
      question: Question,
      image: ImageWork,
    ): Promise<Exchange> {
      const { expiresAt } = await conversations.get(actor, conversationId);
      if (expiresAt !== null) throw invalid('image', 'not_in_temporary');
      const { isRepeat, ...exchange } = await exchanges.ask(actor, conversationId, question, { image });
      if (!isRepeat) publishExchange(exchange);
      return exchange;
    },
  };
}
