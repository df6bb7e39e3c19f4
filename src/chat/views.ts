import { attachmentView } from '../attachments/attachments.ts';
import type { GrowingHtml } from '../lib/markdown/growing.ts';
import type { JobView } from '../images/images.ts';
import type { Waiting } from '../provider/provider.ts';
import {
  canEdit,
  formUrl,
  variantLabel,
  type AgainForm,
  type EditForm,
} from './page/message-forms/message-forms.ts';
import { canContinue, isLive, isUnsent, type Message } from './messages.ts';
import type { WaitingState } from './questions/waiting/waiting.ts';

export type Translate = (key: string, params?: Record<string, unknown>) => string;

export type Thought = { text: string; isCut: boolean; isOpen: boolean };

/** What a message shows besides its own data. */
export type Shown = {
  /** The HTML of an answer that is over. Without it the answer is shown as plain text. */
  html?: string | null | undefined;
  /** The same of one that is still being written. */
  growing?: GrowingHtml | undefined;
  /** The beginning of what the model thought, or all of it. */
  thought?: Thought | undefined;
  /** The job of an image, as its template takes it. */
  job?: JobView | null | undefined;
  /** The form that stands in the place of a question while it is edited. */
  edit?: EditForm | null | undefined;
  /** The form below an answer that asks for another one. */
  again?: AgainForm | null | undefined;
  /** That a question is not sent yet. */
  waitsInLine?: WaitingState | null | undefined;
};

/** A message as the templates draw it. Nothing in `html` depends on the reader's language. */
export function messageView(message: Message, t: Translate, shown: Shown = {}) {
  const { html, growing, thought, job = null, edit = null, again = null, waitsInLine = null } = shown;
  const live = isLive(message.status);
  const isText = message.role === 'assistant' && message.kind === 'text' && message.content !== '';
  const whole = html ? { blocks: html, tail: '' } : null;
  return {
    id: message.id,
    role: message.role,
    text: message.role === 'user' ? message.content : '',
    attachments: message.attachments.map((attachment) => attachmentView(attachment, t)),
    status: message.status,
    parentId: message.parentId,
    html: live ? (growing ?? null) : whole,
    openStart: growing?.openStart ?? 0,
    plain: isText && !(live ? growing : whole) ? message.content : null,
    hasText: isText,
    formatUrl: `/conversations/${message.conversationId}?formatted=${message.id}#message-${message.id}`,
    model: message.model,
    createdAt: message.createdAt,
    isImage: message.kind === 'image',
    note: isImageGone(message, job)
      ? { kind: 'info' as const, text: t('images.gone', { count: 1 }) }
      : noteOf(message, t),
    ended: message.error ? null : endedText(message, t),
    waiting: live ? t(`waiting.${waitOf(message)}`) : null,
    thinking: live ? null : thinkingView(message, t, thought),
    canContinue: canContinue(message),
    canRetry:
      message.status === 'failed' ||
      (['interrupted', 'stopped'].includes(message.status ?? '') && message.content === ''),
    branches: branchesOf(message),
    usage: message.usage && { tokens: message.usage.promptTokens + message.usage.completionTokens },
    contextUrl:
      message.role === 'assistant' && message.kind === 'text' ? `/messages/${message.id}/context` : null,
    continuationUrl: `/conversations/${message.conversationId}/continuation`,
    forkUrl: `/conversations/${message.conversationId}/branches?fork=${message.id}#fork`,
    job,
    edit,
    again,
    waitsInLine,
    isUnsent: isUnsent(message),
    variant: variantLabel(message, t),
    canEdit: canEdit(message),
    formUrl: formUrl(message),
    actions: {
      edit: `/messages/${message.id}/edit`,
      change: `/messages/${message.id}`,
      withdraw: `/messages/${message.id}/delete`,
      sendNow: `/messages/${message.id}/send-now`,
      stop: `/replies/${message.id}/stop`,
      continue: `/replies/${message.id}/continue`,
      regenerate: `/messages/${message.id}/regenerate`,
      events: `/replies/${message.id}/events`,
    },
  };
}

/** Nothing is known any more of the image that was made in answer. */
const isImageGone = ({ role, kind }: Message, job: JobView | null) =>
  role === 'assistant' && kind === 'image' && job === null;

function waitOf({ content, thinking }: Message): string {
  if (content !== '') return 'more';
  return thinking ? 'thinking' : 'answer';
}

/** That and for how long the model thought; `text` is '' where it keeps its thoughts to itself. */
function thinkingView(message: Message, t: Translate, thought: Thought | undefined) {
  if (!message.thinking) return null;
  const url = `/conversations/${message.conversationId}?thinking=${message.id}#message-${message.id}`;
  return {
    label: thinkingLabel(message.thinking.ms, t),
    text: plainThought(thought?.text ?? ''),
    wholeUrl: thought?.isCut ? url : null,
    isOpen: thought?.isOpen ?? false,
  };
}

/** Headings of a thought are read without their marks. */
const plainThought = (text: string) =>
  text.replace(/^[ \t]*#{1,6}[ \t]+/gm, '').replace(/\*\*([^*\n]{1,300})\*\*/g, '$1');

function thinkingLabel(ms: number, t: Translate): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return t('chat.thought_moment');
  if (seconds < 60) return t('chat.thought_seconds', { count: seconds });
  return t('chat.thought_minutes', { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
}

export type MessageView = ReturnType<typeof messageView>;

/** What a wait is for, as a sentence; null when the model is simply writing. */
export function waitingText(waiting: Waiting | undefined, t: Translate): string | null {
  if (!waiting) return null;
  const seconds = Math.max(1, Math.round(waiting.seconds ?? 1));
  return t(`waiting.${waiting.reason}`, { seconds, count: seconds });
}

/** Why the reply is not whole, and what happened to it: a fault, or an end that is in order. */
function noteOf(message: Message, t: Translate): { kind: 'error' | 'info'; text: string } | null {
  const info = (name: string) => ({ kind: 'info' as const, text: t(`chat.notes.${name}`) });
  if (message.error) return { kind: 'error', text: sentenceOf(message, t) };
  if (message.finishReason === 'length') return info(message.content === '' ? 'length_thinking' : 'length');
  if (message.finishReason === 'content_filter') return info('filtered');
  if (
    message.status === 'complete' &&
    message.role === 'assistant' &&
    message.kind === 'text' &&
    message.content === ''
  )
    return info('empty');
  return null;
}

/** That the reply was ended before its time. */
function endedText(message: Message, t: Translate): string | null {
  if (message.status === 'interrupted') return t('chat.interrupted');
  if (message.status !== 'stopped') return null;
  return t(message.content === '' ? 'chat.stopped_empty' : 'chat.stopped');
}

/** Why the reply is not whole, in the reader's language; '' where it is. */
export function sentenceOf(message: Message, t: Translate): string {
  if (isUnsent(message)) return t('queue.unsent');
  return message.error ? t(`errors.${message.error.code}`, message.error.params) : '';
}

function branchesOf(message: Message) {
  const { siblings, id, conversationId } = message;
  if (siblings.length < 2) return null;
  const index = siblings.indexOf(id);
  const link = (sibling: string | undefined) =>
    sibling ? `/conversations/${conversationId}?at=${sibling}#message-${sibling}` : null;
  return {
    index: index + 1,
    count: siblings.length,
    previousUrl: link(siblings[index - 1]),
    nextUrl: link(siblings[index + 1]),
    compareUrl: `/conversations/${conversationId}/compare?one=${siblings[index - 1] ?? id}&other=${index > 0 ? id : (siblings[1] ?? id)}`,
  };
}
