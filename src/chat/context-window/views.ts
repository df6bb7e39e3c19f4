import { excerpt } from '../../lib/text.ts';
import type { SeenContext, SentRow } from './context-window.ts';

const MAX_EXCERPT = 120;

/** What a model was sent for an answer, as its page draws it and as programs get it; messages oldest first. */
export function contextView({ conversationId, context, instructions, originSummary, messages }: SeenContext) {
  const { tokens, length } = context;
  const lineOf = ({ id, role, beginning }: SentRow) => ({
    id,
    role,
    excerpt: excerpt(beginning, MAX_EXCERPT),
    url: `/conversations/${conversationId}?at=${id}#message-${id}`,
  });
  return {
    model: context.model,
    instructions,
    originSummary,
    messages: messages.map(lineOf).reverse(),
    notListed: Math.max(0, context.count - messages.length),
    count: context.count,
    isCut: context.isCut,
    isCounted: context.isCounted,
    tokens: {
      ...tokens,
      total: tokens.instructions + tokens.messages + tokens.attachments + tokens.question,
    },
    length,
  };
}

export type ContextView = ReturnType<typeof contextView>;

/** The same as JSON. */
export function contextJson(view: ContextView) {
  const { model, instructions, length, tokens } = view;
  return {
    model,
    instructions: instructions && { text: instructions.text, changed: instructions.isChanged },
    origin_summary: view.originSummary,
    messages: view.messages,
    message_count: view.count,
    cut: view.isCut,
    tokens,
    counted: view.isCounted,
    context_tokens: length.tokens,
    context_known: length.isKnown,
    reserved_tokens: length.reserved,
  };
}
