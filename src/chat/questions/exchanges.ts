import { AppError, isAppError, notFound } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import { excerpt, titleOf } from '../../lib/text.ts';
import type { Attachments } from '../../attachments/attachments.ts';
import type { Statement } from '../../platform/db/db.ts';
import type { Actor } from '../../lib/actor.ts';
import type { Effort } from '../../provider/provider.ts';
import type { Conversations } from '../conversations/conversations.ts';
import { toMessage, type Conversation, type Message } from '../messages.ts';
import { sentDraftStatement } from '../drafts/store.ts';
import type { Variant } from '../branches/variants/variants.ts';
import type { ChatStore, MessageRow } from '../store.ts';
import { exchangeStatements, replyStatements } from './store.ts';

export type Question = {
  content: string;
  parentId?: string | undefined;
  clientId?: string | undefined;
  model?: string | undefined;
  /** Of the draft that it was, as far as its writer had seen it saved. */
  draftVersion?: number | undefined;
  /** Ids. */
  attachments?: readonly string[] | undefined;
  requestId: string;
};
export type NewConversation = {
  title?: string | undefined;
  model?: string | undefined;
  systemPrompt?: string | undefined;
  effort?: Effort | undefined;
  clientId?: string | undefined;
  isTemporary?: boolean | undefined;
};
/** Work of another part that is stored in the same transaction as its place in the conversation. */
export type ImageWork = { statements(replyId: string): Statement[] };
export type AskedAgain = { model?: string | undefined; variant?: Variant | undefined };
export type Exchange = { message: Message; reply: Message };
/** `isRepeat`: an earlier call with the same client id stored it. */
export type Stored = Exchange & { isRepeat: boolean };

/** About one line of a list. */
const MAX_TITLE = 80;

type Extra = { before?: Statement[]; image?: ImageWork | undefined };
type Deps = {
  store: ChatStore;
  attachments: Pick<Attachments, 'linking' | 'list' | 'listOfMessages'>;
  conversations: Conversations;
  newId: NewId;
  now: () => number;
  maxActive: number;
};

/** Stores questions with their empty replies: all of it or nothing, and each client id once. */
export function createExchanges({ store, attachments, conversations, newId, now, maxActive }: Deps) {
  const tooMany = () =>
    new AppError('too_many_active', { params: { limit: maxActive }, retryAfterSeconds: 5 });

  /** What a conversation is called after its first question: its words, or the names of its files. */
  async function titleFor(actor: Actor, { content, attachments: ids = [] }: Question): Promise<string> {
    if (content !== '') return titleOf(content);
    const attached = await attachments.list(actor, ids);
    return excerpt(attached.map(({ name }) => name).join(', '), MAX_TITLE);
  }

  async function withSiblings(row: MessageRow): Promise<Message> {
    const attached =
      row.role === 'user' ? await attachments.listOfMessages(row.owner_id, [row.id]) : undefined;
    return toMessage(row, await store.siblingsOf(row.parent_id), attached?.get(row.id));
  }

  /** Question and empty reply in one transaction. @throws AppError `not_found`, `too_many_active`, `attachment_missing` */
  async function ask(
    actor: Actor,
    conversationId: string,
    question: Question,
    extra: Extra = {},
  ): Promise<Stored> {
    const ids = { question: newId(), reply: newId() };
    const title = await titleFor(actor, question);
    const [insert, ...rest] = exchangeStatements({
      ids,
      conversationId,
      ownerId: actor.id,
      maxActive,
      now: now(),
      kind: extra.image ? 'image' : 'text',
      title,
      ...question,
    });
    const { before = [] } = extra;
    const links = attachments.linking(actor.id, ids.question, question.attachments ?? []);
    const work = [...links, ...(extra.image?.statements(ids.reply) ?? [])];
    // What comes with the question must not be stored without it.
    const mustChange = before.length + work.length > 0;
    const sentDraft = sentDraftStatement({
      ownerId: actor.id,
      place: before.length > 0 ? null : conversationId,
      questionId: ids.question,
      content: question.content,
      clientId: question.clientId,
      version: question.draftVersion,
    });
    const after = [...work, sentDraft];
    await store.batch([...before, { ...insert, mustChange }, ...rest, ...after]).catch((error: unknown) => {
      // Refused as a whole; the look-ups below tell a repeat from a refusal.
      if (!isAppError(error, 'conflict')) throw error;
    });
    const found = question.clientId
      ? await store.findQuestionByClientId(conversationId, question.clientId)
      : await store.findMessage(ids.question, actor.id);
    const reply = found?.owner_id === actor.id ? await store.findReplyTo(found.id) : undefined;
    if (!found || !reply) throw (await store.countActive(actor.id)) < maxActive ? notFound() : tooMany();
    const isRepeat = found.id !== ids.question;
    return { message: await withSiblings(found), reply: await withSiblings(reply), isRepeat };
  }

  /** A new conversation with its first question. A repeat of the client id finds the first one's. */
  async function begin(
    actor: Actor,
    input: NewConversation,
    question: Question,
    image?: ImageWork,
  ): Promise<Stored> {
    const findFirst = () => (input.clientId ? store.findByClientId(actor.id, input.clientId) : undefined);
    const known = await findFirst();
    if (known) return ask(actor, known.id, question, { image });
    const id = newId();
    const title = input.title ?? (await titleFor(actor, question));
    const before = conversations.insertions(actor, id, {
      ...input,
      title,
      isOwnTitle: input.title !== undefined,
    });
    return ask(actor, id, question, { image, before }).catch(async (error: unknown) => {
      // Lost the race against the same client id: the first one's conversation has the question.
      const first = await findFirst();
      if (!first || first.id === id) throw error;
      return ask(actor, first.id, question, { image });
    });
  }

  return {
    /** Ids of the files of a question. */
    async filesOf(actor: Actor, questionId: string): Promise<string[]> {
      const attached = await attachments.listOfMessages(actor.id, [questionId]);
      return (attached.get(questionId) ?? []).map(({ id }) => id);
    },
    ask,
    begin,
    withSiblings,
    tooMany,

    /** A conversation without a question. A repeat of the client id finds the first one. */
    async beginEmpty(
      actor: Actor,
      input: NewConversation,
    ): Promise<{ conversation: Conversation; isRepeat: boolean }> {
      const id = newId();
      const { title = '' } = input;
      await store.batch(conversations.insertions(actor, id, { ...input, title, isOwnTitle: title !== '' }));
      const conversation = await conversations.find(actor, id, input.clientId);
      return { conversation, isRepeat: conversation.id !== id };
    },

    /** Another empty reply to the same question. @throws AppError `answer_running`, `too_many_active`, `conflict` when that is over already */
    async askAgain(actor: Actor, reply: MessageRow, { model, variant }: AskedAgain): Promise<Message> {
      const replyId = newId();
      const base = { replyId, questionId: reply.parent_id, ownerId: actor.id, maxActive, now: now() };
      const stored = variant && JSON.stringify(variant);
      await store.batch(replyStatements({ ...base, model, variant: stored }));
      const row = await store.findMessage(replyId, actor.id);
      if (row) return withSiblings(row);
      if ((await store.countActive(actor.id)) >= maxActive) throw tooMany();
      throw new AppError((await store.isBeingAnswered(reply.parent_id)) ? 'answer_running' : 'conflict');
    },
  };
}

export type Exchanges = ReturnType<typeof createExchanges>;
