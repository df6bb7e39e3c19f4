import { isThinkingName } from '../models/openai-names.ts';
import { readChunk } from './chunk.ts';
import { withoutRefused, type Protocol } from './protocol.ts';
import type { SentPart, SentTurn } from './turns.ts';

/** Chat completions, which every compatible server speaks. */
export const completions: Protocol = {
  name: 'chat',
  path: '/chat/completions',
  optional: new Map([
    ['stream_options', undefined],
    ['reasoning_effort', undefined],
    ['max_tokens', 'max_completion_tokens'],
    ['max_completion_tokens', 'max_tokens'],
    ['temperature', undefined],
    ['top_p', undefined],
    // Refused to organizations that OpenAI has not verified: the whole answer comes at once then.
    ['stream', undefined],
  ]),

  fields(model, { temperature, top_p, max_tokens, effort }, lessons) {
    // OpenAI's thinking models refuse `max_tokens`; to know their names spares them the first refusal.
    const limit = isThinkingName(model) ? 'max_completion_tokens' : 'max_tokens';
    const taken = withoutRefused(
      { temperature, top_p, [limit]: max_tokens, reasoning_effort: effort },
      lessons,
    );
    if (lessons.has('stream')) return { ...taken, stream: false };
    // Asks for the token report at the end of the stream, which budgets need.
    const report = lessons.has('stream_options') ? {} : { stream_options: { include_usage: true } };
    return { ...taken, stream: true, ...report };
  },

  body: (model, turns, fields) => JSON.stringify({ model, messages: turns.map(messageOf), ...fields }),
  tool: (tool) => ({ type: 'function', function: tool }),
  read: readChunk,
};

const messageOf = ({ role, content, thought }: SentTurn) => ({
  role,
  content: typeof content === 'string' ? content : content.map(partOf),
  reasoning_content: thought,
});

function partOf(part: SentPart) {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image') return { type: 'image_url', image_url: { url: part.url } };
  return { type: 'file', file: { filename: part.name, file_data: part.url } };
}
