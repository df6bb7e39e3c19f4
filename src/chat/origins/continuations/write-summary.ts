import type { Attachments } from '../../../attachments/attachments.ts';
import type { Actor } from '../../../lib/actor.ts';
import { isDeadline, withDeadline } from '../../../lib/deadline.ts';
import { AppError } from '../../../lib/errors.ts';
import type { Db } from '../../../platform/db/db.ts';
import type { ChatRequest, Provider } from '../../../provider/provider.ts';
import { messagesInForce } from '../../context-window/context.ts';
import type { ContextWindow } from '../../context-window/context-window.ts';
import type { Conversation } from '../../messages.ts';
import { findOriginSummary } from './store.ts';
import { summaryInstructions, transcriptOf } from './transcript.ts';

/** Its person waits for it, but not for ever. */
const LIMIT_MS = 3 * 60_000;
/** As much as can be sent back as a form: a model that goes on and on is stopped. */
export const MAX_SUMMARY = 20_000;

type Deps = {
  db: Db;
  attachments: Pick<Attachments, 'partsOf'>;
  provider: Pick<Provider, 'chat'>;
  contextWindow: Pick<ContextWindow, 'lengthOf' | 'readBranch' | 'choose'>;
};
type Asked = { actor: Actor; conversation: Conversation; leafId: string; requestId: string };

/** Has a summary written by the model of the conversation, of as much of a branch as it can read. */
export function createSummaryWriter({ db, attachments, provider, contextWindow }: Deps) {
  async function read({ actor, conversation, leafId }: Asked): Promise<string> {
    const { model, length } = contextWindow.lengthOf(conversation.model ?? undefined, undefined);
    const branch = await contextWindow.readBranch(leafId, conversation.id, length);
    const originSummary = await findOriginSummary(db, conversation.id, actor.id);
    const instructions = `${summaryInstructions}\n\n${originSummary ?? ''}`;
    const { rows } = await contextWindow.choose(branch, { model, instructions, soFar: '', length });
    const sent = messagesInForce(rows);
    if (!sent.some(({ role }) => role === 'assistant')) throw new AppError('summary_empty');
    const attached = sent.filter((row) => row.attachment_tokens > 0).map(({ id }) => id);
    const parts = await attachments.partsOf(attached, { ownerId: actor.id, seesImages: false });
    return transcriptOf(sent, { originSummary, parts });
  }

  /**
   * @returns the summary, at most `MAX_SUMMARY` characters
   * @throws AppError `summary_empty` when nothing was answered yet; `question_too_long`; whatever the model server says
   */
  return async (asked: Asked, closing: AbortSignal): Promise<string> => {
    const transcript = await read(asked);
    let text = '';
    const full = new AbortController();
    const onText = (piece: string) => {
      text += piece;
      if (text.length >= MAX_SUMMARY) full.abort(new AppError('stopped'));
    };
    const work = (signal: AbortSignal) =>
      provider.chat(requestOf(asked, transcript), { signal: AbortSignal.any([signal, full.signal]), onText });
    await withDeadline(LIMIT_MS, closing, work).catch((error: unknown) => {
      if (isDeadline(error)) throw new AppError('upstream_timeout', { cause: error });
      if (!full.signal.aborted) throw error;
    });
    if (text.trim() === '') throw new AppError('upstream_bad_answer');
    return text.slice(0, MAX_SUMMARY).trim();
  };
}

function requestOf({ actor, conversation, requestId }: Asked, transcript: string): ChatRequest {
  const { id, authMethod = 'system', keyId = null } = actor;
  return {
    model: conversation.model ?? undefined,
    turns: [
      { role: 'system', content: summaryInstructions },
      { role: 'user', content: transcript },
    ],
    parameters: { effort: 'fast' },
    account: { ownerId: id, authMethod, keyId, purpose: 'summary', subjectId: conversation.id },
    requestId,
  };
}
