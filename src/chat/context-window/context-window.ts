import { createHash } from 'node:crypto';
import type { Actor } from '../../lib/actor.ts';
import { notFound } from '../../lib/errors.ts';
import { excerpt } from '../../lib/text.ts';
import type { Db } from '../../platform/db/db.ts';
import type { Log } from '../../platform/log.ts';
import { contextLengthOf, type ContextLength } from '../../provider/models/context-length.ts';
import type { Provider } from '../../provider/provider.ts';
import { createTokenCounter } from '../../provider/token-counter/token-counter.ts';
import { instructionsWith } from '../origins/continuations/instructions.ts';
import { findOriginSummary } from '../origins/continuations/store.ts';
import type { ChatStore } from '../store.ts';
import { chooseMessages, type ReplyContext } from './choose.ts';
import { createCounting, estimating, isNearLimit } from './measure.ts';
import { createContextStore, type SentRow, type SizedRow } from './store.ts';

export type { ReplyContext } from './choose.ts';
export type { SentRow, SizedRow } from './store.ts';

/** More are never sent, however short they are: each is read for each answer. */
const MAX_MESSAGES = 4000;
/** No text has more bytes to a token, but for blanks: what is longer cannot be sent, and is not read. */
const MAX_BYTES_PER_TOKEN = 8;
const MAX_EXCERPT = 200;

type Deps = { db: Db; store: ChatStore; provider: Pick<Provider, 'model' | 'models'>; log: Log };
type Asked = { model: string; instructions: string | null; soFar: string; length: ContextLength };
/** What a reply was sent, for its person. */
export type SeenContext = {
  replyId: string;
  conversationId: string;
  context: ReplyContext;
  instructions: { text: string; isChanged: boolean } | null;
  /** Of what the conversation goes on from; null also where the instructions are not the same any more. */
  originSummary: string | null;
  /** The newest first. */
  messages: SentRow[];
};

/** How much of a conversation a model is sent, and what it was sent for an answer. */
export function createContextWindow({ db, store, provider, log }: Deps) {
  const contexts = createContextStore(db);
  const counter = createTokenCounter({ log });
  const counting = createCounting(counter);
  const modelNamed = (name: string | undefined) => name ?? provider.models().defaultChat ?? 'auto';

  return {
    /** How much the model reads at once; without a name the default one. */
    lengthOf(
      name: string | undefined,
      maxTokens: number | undefined,
    ): { model: string; length: ContextLength } {
      const model = modelNamed(name);
      return { model, length: contextLengthOf(model, provider.model(model), maxTokens) };
    },

    /** The end of a branch, oldest first, as far as a model with this context can be sent it. */
    readBranch: (lastId: string, conversationId: string, { tokens }: ContextLength): Promise<SizedRow[]> =>
      contexts.branchEnd(lastId, conversationId, {
        messages: MAX_MESSAGES,
        bytes: tokens * MAX_BYTES_PER_TOKEN,
      }),

    /** The messages to send out of a branch, and what is to be stored about them. @throws AppError `question_too_long` */
    async choose(branch: readonly SizedRow[], asked: Asked) {
      const { model, soFar, length } = asked;
      const instructions = asked.instructions ?? '';
      const limit = length.tokens - length.reserved;
      const isCounted = counting.isCountable(model) && isNearLimit(branch, instructions + soFar, limit);
      const measure = isCounted ? counting.measure : estimating;
      const hasEarlier = branch[0] !== undefined && branch[0].parent_id !== branch[0].conversation_id;
      const input = { instructions, branch, hasEarlier, soFar, length, model };
      const { rows, isCut, tokens } = await chooseMessages(input, measure);
      const ids = new Set(rows.map(({ id }) => id));
      const first = rows[0]?.id ?? '';
      const from = branch.findIndex(({ id }) => id === first);
      const context: ReplyContext = {
        first,
        count: rows.length,
        isCut,
        leftOut: branch.slice(from).flatMap(({ id }) => (ids.has(id) ? [] : [id])),
        instructions: instructions.trim() === '' ? null : noteOf(instructions),
        tokens,
        length,
        model,
        isCounted,
      };
      return { rows, context };
    },

    /** Where the last answer on the way to a message was cut: the oldest message that was sent; undefined when all were. */
    async findCut(actor: Actor, leafId: string): Promise<string | undefined> {
      const context = await contexts.findNewest(leafId, actor.id);
      return context?.isCut ? context.first : undefined;
    },

    /** What the model was sent for a reply; undefined for one of before that was noted. @throws AppError `not_found` */
    async findSeen(actor: Actor, replyId: string, limit: number): Promise<SeenContext | undefined> {
      const reply = await store.findMessage(replyId, actor.id);
      if (!reply || reply.role !== 'assistant' || reply.kind !== 'text') throw notFound();
      const context = await contexts.find(replyId, actor.id);
      if (!context) return undefined;
      const conversation = await store.findConversation(reply.conversation_id, actor.id);
      const isDerived = conversation?.origin_kind !== null;
      const originSummary = isDerived ? await findOriginSummary(db, reply.conversation_id, actor.id) : null;
      const own = conversation?.system_prompt ?? '';
      const note = context.instructions;
      const isChanged =
        note !== null && note.hash !== noteOf(instructionsWith(own, originSummary) ?? '').hash;
      const text = isChanged ? note.excerpt : own;
      const sent = await contexts.listSent(reply.parent_id, actor.id, context.first, limit);
      const leftOut = new Set(context.leftOut);
      return {
        replyId,
        conversationId: reply.conversation_id,
        context,
        instructions: note && text.trim() !== '' ? { text, isChanged } : null,
        originSummary: isChanged ? null : originSummary,
        messages: sent.filter(({ id }) => !leftOut.has(id)),
      };
    },

    close: () => counter.close(),
  };
}

export type ContextWindow = ReturnType<typeof createContextWindow>;

/** Enough of the instructions to tell later whether they are the same: the whole stands with the conversation. */
const noteOf = (instructions: string) => ({
  hash: createHash('sha256').update(instructions).digest('base64url').slice(0, 16),
  excerpt: excerpt(instructions, MAX_EXCERPT),
});
