import type { Lesson } from '../lessons/lessons.ts';
import type { ChatRequest } from '../provider.ts';

/** OpenAI's thinking models refuse `max_tokens`; to know their names spares them the first refusal. */
const takesCompletionTokens = /^(o\d|gpt-(5|6)(?!.*chat))/;

/**
 * What a chat call sends beyond model and messages: as little as possible. `stream_options` asks for the token report at
 * the end of the stream, which budgets need. What the server has refused before is left out or renamed.
 */
export function chatFields(
  model: string,
  request: ChatRequest,
  lessons: ReadonlyMap<string, Lesson>,
): Record<string, unknown> {
  const { temperature, top_p, max_tokens } = request.parameters ?? {};
  const bare = model.slice(model.lastIndexOf('/') + 1);
  const limit = takesCompletionTokens.test(bare) ? 'max_completion_tokens' : 'max_tokens';
  const fields: Record<string, unknown> = { temperature, top_p, [limit]: max_tokens };
  for (const { field, instead } of lessons.values()) {
    const value = fields[field];
    fields[field] = undefined;
    if (instead !== undefined && value !== undefined) fields[instead] = value;
  }
  if (lessons.has('stream')) return { ...fields, stream: false };
  const report = lessons.has('stream_options') ? {} : { stream_options: { include_usage: true } };
  return { ...fields, stream: true, ...report };
}

/** The JSON body of a chat call. */
export function chatBody(model: string, request: ChatRequest, fields: Record<string, unknown>): string {
  const messages = request.turns.map(({ role, content }) => ({ role, content }));
  return JSON.stringify({ model, messages, ...fields });
}

/** The headers of a chat call. */
export function chatHeaders(apiKey: string | undefined, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    accept: 'text/event-stream',
    'accept-encoding': 'identity',
    'user-agent': 'Salon',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
}
