import type { Attachments } from '../../attachments/attachments.ts';
import type { Actor } from '../../lib/actor.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Db } from '../../platform/db/db.ts';
import type { CallAccount, ChatParameters, ChatRequest } from '../../provider/provider.ts';
import type { ContextWindow, ReplyContext } from '../context-window/context-window.ts';
import { buildTurns } from '../context-window/context.ts';
import { instructionsWith } from '../origins/continuations/instructions.ts';
import { findOriginSummary } from '../origins/continuations/store.ts';
import { UNSENT, type Message } from '../messages.ts';
import { findItems } from '../thinking/sealed/store.ts';
import type { ChatStore } from '../store.ts';
import { findThinking } from '../thinking/store.ts';
import { withInstruction } from '../branches/variants/variants.ts';
import type { Vision } from '../context-window/vision.ts';
import type { ReplyWriter } from './reply-writer.ts';

type Asked = {
  actor: Actor;
  soFar: string;
  model: string | undefined;
  /** Called each time that an answer above is waited for, and when all of them are over. */
  onWaiting(isOver: boolean): void;
};
type Deps = {
  db: Db;
  store: ChatStore;
  attachments: Pick<Attachments, 'partsOf'>;
  vision: Vision;
  writer: Pick<ReplyWriter, 'find'>;
  contextWindow: ContextWindow;
};
/** What goes to the model server, and what of the conversation that is. */
export type ReplyRequest = ChatRequest & { context: ReplyContext };

/** What a model is asked for a reply: put together when the reply begins, from what is stored then. */
export function createReplyRequests(deps: Deps) {
  const { db, store, attachments, vision, writer, contextWindow } = deps;

  /** What belongs to an answer beside its text. */
  const recall = async (actor: Actor, id: string) => ({
    thought: await findThinking(db, id, actor.id),
    items: await findItems(db, id, actor.id),
  });

  async function readConversation(actor: Actor, id: string, model: string | undefined) {
    const conversation = await store.findConversation(id, actor.id);
    if (!conversation) throw new AppError('stopped');
    const isDerived = conversation.origin_kind !== null;
    const summary = isDerived ? await findOriginSummary(db, id, actor.id) : null;
    const instructions = instructionsWith(conversation.system_prompt, summary);
    const parameters = JSON.parse(conversation.parameters) as ChatParameters;
    const asked = model ?? conversation.model ?? undefined;
    return { instructions, parameters, asked, ...contextWindow.lengthOf(asked, parameters.max_tokens) };
  }

  /** The conversation and the messages above a reply, once none of them is still being written. */
  async function settled(reply: Message, { actor, model, onWaiting }: Asked, signal: AbortSignal) {
    for (let hasWaited = false; ; hasWaited = true) {
      const read = await readConversation(actor, reply.conversationId, model);
      const branch = await contextWindow.readBranch(reply.parentId ?? '', reply.conversationId, read.length);
      const running = branch.map((row) => writer.find(row.id)).find((running) => running !== undefined);
      if (!running && hasWaited) onWaiting(true);
      if (!running) return { ...read, branch: withInstruction(branch, reply) };
      onWaiting(false);
      await untilDone(running.persisted, signal);
      if (isAppError(signal.reason, 'interrupted')) throw unsent(signal.reason);
      signal.throwIfAborted();
    }
  }

  /** @throws AppError `question_too_long`, and `stopped` when the conversation was deleted meanwhile */
  return async (reply: Message, asked: Asked, signal: AbortSignal): Promise<ReplyRequest> => {
    const { actor, soFar } = asked;
    const { instructions, parameters, branch, ...found } = await settled(reply, asked, signal);
    const { model, length } = found;
    const { rows, context } = await contextWindow.choose(branch, { model, instructions, soFar, length });
    const attached = rows.filter((row) => row.attachment_tokens > 0).map(({ id }) => id);
    const reader = { ownerId: actor.id, seesImages: vision.seesImages(model) };
    const parts = await attachments.partsOf(attached, reader);
    const more = { recall: (id: string) => recall(actor, id), parts };
    return {
      model: found.asked,
      turns: buildTurns(instructions, rows, soFar, more),
      parameters,
      account: accountOf(actor, reply.id),
      context,
    };
  };
}

/** The process ended while the question waited for its turn: no model was asked. */
const unsent = (cause: AppError) => new AppError('interrupted', { cause, params: UNSENT });

function accountOf({ id, authMethod = 'system', keyId = null }: Actor, replyId: string): CallAccount {
  return { ownerId: id, authMethod, keyId, purpose: 'reply', subjectId: replyId };
}

function untilDone(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    void work.finally(resolve);
  });
}
