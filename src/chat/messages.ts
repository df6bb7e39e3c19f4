import type { Attachment } from '../attachments/attachments.ts';
import { isAppError, type ErrorCode, type ErrorParams } from '../lib/errors.ts';
import type { ChatParameters } from '../provider/provider.ts';
import type { Variant } from './branches/variants/variants.ts';
import type { ConversationRow, MessageRow, OriginKind, ReplyStatus } from './store.ts';

/** Why a reply did not get to its end; the sentence is chosen when it is shown, in the reader's language. */
export type ReplyError = { code: ErrorCode; params: ErrorParams };

export type Message = {
  id: string;
  conversationId: string;
  /** null: the first one of its branch. */
  parentId: string | null;
  role: 'user' | 'assistant';
  kind: 'text' | 'image';
  content: string;
  status: ReplyStatus | null;
  finishReason: string | null;
  error: ReplyError | null;
  model: string | null;
  /** How the answer was asked for, when it is not the first to its question. */
  variant: Variant | null;
  /** That the model thought first, for so long; `tokens` where the server told them. What it thought is read apart. */
  thinking: { ms: number; tokens: number | null } | null;
  usage: { promptTokens: number; completionTokens: number; estimated: boolean } | null;
  /** Ids of the answers beside this one, itself among them, in the order of their making. */
  siblings: string[];
  /** Of a question, in order. */
  attachments: Attachment[];
  /** Which message it is a copy of, in a forked conversation; that one may be gone. */
  copiedFrom: string | null;
  createdAt: number;
};

export type Conversation = {
  id: string;
  title: string;
  summary: string | null;
  model: string | null;
  systemPrompt: string | null;
  parameters: ChatParameters;
  pinned: boolean;
  archived: boolean;
  /** Of a temporary one: when it is deleted permanently; null for any other. */
  expiresAt: number | null;
  /** What it goes on from; without an id that conversation is gone. */
  origin: { kind: OriginKind; conversationId: string | null } | null;
  createdAt: number;
  updatedAt: number;
};

/** Said of an interruption: the question had not been sent to a model. */
export const UNSENT = { unsent: 1 };
export const isUnsent = ({ error }: Pick<Message, 'error'>) => error?.params['unsent'] === UNSENT.unsent;

/** What a message is known by in one line: its text, or the names of its files. */
export const textOrNames = ({ content, attachments }: Pick<Message, 'content' | 'attachments'>) =>
  content === '' ? attachments.map(({ name }) => name).join(', ') : content;

export const isLive = (status: ReplyStatus | null) => status === 'queued' || status === 'running';

/** A reply that can go on from where its text ends. */
export const canContinue = (message: Message) =>
  message.kind === 'text' &&
  message.content !== '' &&
  (message.status === 'stopped' || message.status === 'interrupted' || message.finishReason === 'length');

/** A reply that can be written on: from the end of its text, or anew. */
export const canReopen = (row: MessageRow) =>
  row.status === 'stopped' ||
  row.status === 'interrupted' ||
  row.status === 'failed' ||
  row.finish_reason === 'length';

export function toMessage(row: MessageRow, siblings: string[] = [], attachments: Attachment[] = []): Message {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id === row.conversation_id ? null : row.parent_id,
    role: row.role,
    kind: row.kind,
    content: row.content,
    status: row.status,
    finishReason: row.finish_reason,
    error: row.error ? (JSON.parse(row.error) as ReplyError) : null,
    model: row.model,
    variant: row.variant ? (JSON.parse(row.variant) as Variant) : null,
    thinking: row.thinking_ms === null ? null : { ms: row.thinking_ms, tokens: row.thinking_tokens },
    usage:
      row.completion_tokens === null
        ? null
        : {
            promptTokens: row.prompt_tokens ?? 0,
            completionTokens: row.completion_tokens,
            estimated: row.usage_estimated === 1,
          },
    siblings: siblings.length > 0 ? siblings : [row.id],
    attachments,
    copiedFrom: row.copied_from,
    createdAt: row.created_at,
  };
}

export function toConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    title: row.title,
    summary: row.summary,
    model: row.model,
    systemPrompt: row.system_prompt,
    parameters: JSON.parse(row.parameters) as ChatParameters,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    expiresAt: row.expires_at,
    origin: row.origin_kind && { kind: row.origin_kind, conversationId: row.origin_id },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** What of a thrown thing is kept with the reply; anything unknown is `internal`. */
export function toReplyError(error: unknown): ReplyError {
  return isAppError(error) ? { code: error.code, params: error.params } : { code: 'internal', params: {} };
}
