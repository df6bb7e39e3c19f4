import { textIn } from '../chat/content.ts';
import { withoutRefused, type Protocol } from '../chat/protocol.ts';
import type { SentPart, SentTurn } from '../chat/turns.ts';
import { isThinkingName } from '../models/openai-names.ts';
import { SEALED } from '../chat/memory.ts';
import { readResponsesEvent } from './event.ts';

/*
 * OpenAI's Responses protocol, by the types of its official client (7.55.0): stateless, so that nothing is kept at the
 * server, with summaries of the thinking where the model thinks.
 */
export const responses: Protocol = {
  name: 'responses',
  path: '/responses',
  optional: new Map([
    ['include', undefined],
    ['reasoning.summary', undefined],
    ['reasoning.effort', undefined],
    ['max_output_tokens', undefined],
    ['temperature', undefined],
    ['top_p', undefined],
    ['stream', undefined],
  ]),

  fields(model, { temperature, top_p, max_tokens, effort }, lessons) {
    const fields = {
      temperature,
      top_p,
      max_output_tokens: max_tokens,
      'reasoning.effort': effort,
      'reasoning.summary': isThinkingName(model) ? 'auto' : undefined,
      include: isThinkingName(model) && !lessons.has(SEALED) ? ['reasoning.encrypted_content'] : undefined,
      store: false,
      stream: true,
    };
    const taken = withoutRefused(fields, lessons);
    return lessons.has('stream') ? { ...taken, stream: false } : taken;
  },

  body(model, turns, fields) {
    const { 'reasoning.effort': level, 'reasoning.summary': summary, ...others } = fields;
    const reasoning = level === undefined && summary === undefined ? undefined : { effort: level, summary };
    const instructions = turns.filter(({ role }) => role === 'system').map(({ content }) => textIn(content));
    return JSON.stringify({
      model,
      instructions: instructions.length > 0 ? instructions.join('\n\n') : undefined,
      input: turns.filter(({ role }) => role !== 'system').flatMap(inputOf),
      ...others,
      reasoning,
    });
  },

  tool: (tool) => ({ type: 'function', ...tool }),
  read: readResponsesEvent,
};

/** What the model has sealed stands before the answer that it thought it for. */
function inputOf({ role, content, items = [] }: SentTurn): unknown[] {
  const partOf = (part: SentPart) => (role === 'assistant' ? outputPart(part) : inputPart(part));
  return [...items, { role, content: typeof content === 'string' ? content : content.map(partOf) }];
}

function inputPart(part: SentPart) {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  if (part.type === 'image') return { type: 'input_image', image_url: part.url };
  return { type: 'input_file', filename: part.name, file_data: part.url };
}

/** An answer has text alone. */
const outputPart = (part: SentPart) => ({ type: 'output_text', text: part.type === 'text' ? part.text : '' });
