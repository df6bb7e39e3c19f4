import { attachmentJson } from '../attachments/attachments.ts';
import { iso } from '../lib/time.ts';
import type { Conversation, Message } from './messages.ts';
import { sentenceOf, type Translate } from './views.ts';

/** A message as JSON. `thought`: what the model thought, for who asks for it. */
export function messageJson(message: Message, t: Translate, thought?: string) {
  const { thinking } = message;
  return {
    id: message.id,
    role: message.role,
    content: message.content,
    parent_id: message.parentId,
    ...(message.status ? { status: message.status } : {}),
    ...(message.finishReason ? { finish_reason: message.finishReason } : {}),
    ...(message.error ? { error: { code: message.error.code, message: sentenceOf(message, t) } } : {}),
    ...(message.model ? { model: message.model } : {}),
    ...(message.variant ? { variant: message.variant } : {}),
    ...(thinking ? { reasoning: reasoningJson(thinking, thought) } : {}),
    siblings: message.siblings,
    attachments: message.attachments.map(attachmentJson),
    created_at: iso(message.createdAt),
  };
}

/** A question and its reply as JSON. */
export const exchangeJson = ({ message, reply }: { message: Message; reply: Message }, t: Translate) => ({
  message: messageJson(message, t),
  reply: messageJson(reply, t),
});

function reasoningJson({ ms, tokens }: NonNullable<Message['thinking']>, text: string | undefined) {
  return { ms, ...(tokens === null ? {} : { tokens }), ...(text === undefined ? {} : { text }) };
}

const temporaryJson = ({ expiresAt }: Conversation) =>
  expiresAt === null ? {} : { temporary: true, expires_at: iso(expiresAt) };

const originJson = ({ origin }: Conversation) =>
  origin === null ? {} : { origin: { kind: origin.kind, conversation_id: origin.conversationId } };

/** A conversation as JSON, without its messages. */
export function conversationJson(conversation: Conversation) {
  return {
    id: conversation.id,
    title: conversation.title,
    summary: conversation.summary,
    model: conversation.model,
    pinned: conversation.pinned,
    archived: conversation.archived,
    ...temporaryJson(conversation),
    ...originJson(conversation),
    created_at: iso(conversation.createdAt),
    updated_at: iso(conversation.updatedAt),
  };
}

/** The same with what can be set of it. */
export const changedJson = (conversation: Conversation) => ({
  ...conversationJson(conversation),
  system_prompt: conversation.systemPrompt,
  parameters: conversation.parameters,
});
