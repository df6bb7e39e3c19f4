import { fieldsOf, isFields, stringIn, type Fields } from '../json.ts';
import type { Usage } from '../provider.ts';
import { readTokens } from '../tokens.ts';

/** What one event of a chat stream, or a whole answer, says. */
export type Chunk = {
  text: string;
  /** What the model thought before it wrote; no part of the answer. */
  thinking: string;
  finishReason: string | undefined;
  usage: Usage | undefined;
  /** The model server's own error inside an answer that began well: an object, a text or a number. */
  error: unknown;
  /** The model is at work: text, thinking, a tool or a finish. Empty events do not count as life. */
  isProgress: boolean;
  /** What the model has sealed for itself. */
  items?: readonly unknown[];
  /** The whole of what was to come in pieces before; counts where there were none. */
  whole?: { text: string; thinking: string; items: readonly unknown[] };
  /** Nothing comes after it. */
  isLast?: boolean;
};

/** What says nothing. */
export const nothing: Chunk = {
  text: '',
  thinking: '',
  finishReason: undefined,
  usage: undefined,
  error: undefined,
  isProgress: false,
};

/**
 * Reads the data of one event, or a whole `chat.completion`, of any server. Unknown fields and wrong types are passed
 * over. Text stands in `content`, as text or as a list of parts; a refusal is text. Thinking stands in
 * `reasoning_content` (DeepSeek, llama.cpp), `reasoning` (Ollama, vLLM, OpenRouter), `reasoning_details` (OpenRouter) or
 * in parts of its own (Mistral). Usage stands at the root, in the choice (Moonshot) or in `x_groq`.
 * @throws SyntaxError when the data is no JSON
 */
export function readChunk(json: string): Chunk {
  const parsed: unknown = JSON.parse(json);
  // Some gateways wrap the one object, an error above all, in a list.
  const root: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isFields(root)) return nothing;
  const choice = firstChoice(root['choices']);
  const delta = choice && deltaOf(choice);
  const content = delta?.['content'];
  const parts = Array.isArray(content) ? partsOf(content) : undefined;
  let text = parts ? parts.text : stringIn(content);
  if (delta?.['refusal']) text += stringIn(delta['refusal']);
  // The old completions, and servers that still speak them, write the text beside the index.
  if (choice?.['text']) text += stringIn(choice['text']);
  const thinking = parts?.thinking || (delta ? thinkingIn(delta) : '');
  const finishReason = stringIn(choice?.['finish_reason']) || undefined;
  return {
    text,
    thinking,
    finishReason,
    usage: usageIn(root, choice),
    error: asError(root['error']) ?? asError(choice?.['error']),
    isProgress: text !== '' || thinking !== '' || finishReason !== undefined || hasWork(delta),
  };
}

function deltaOf(choice: Fields): Fields | undefined {
  if (isFields(choice['delta'])) return choice['delta'];
  return isFields(choice['message']) ? choice['message'] : undefined;
}

/** Parts that are neither text nor thinking, and calls of tools, are signs of life. */
function hasWork(delta: Fields | undefined): boolean {
  const isListed = (value: unknown) => Array.isArray(value) && value.length > 0;
  return (
    delta !== undefined &&
    (isListed(delta['content']) || isListed(delta['tool_calls']) || isListed(delta['reasoning_details']))
  );
}

/** `null`, `""`, `false` and `{}` beside an answer are no error. */
function asError(value: unknown): unknown {
  const isNone = value === null || value === '' || value === false;
  return isNone || (isFields(value) && Object.keys(value).length === 0) ? undefined : value;
}

function usageIn(root: Fields, choice: Fields | undefined): Usage | undefined {
  const [atRoot, inChoice, groq] = [root['usage'], choice?.['usage'], root['x_groq']];
  // Few events have one.
  if (!atRoot && !inChoice && !groq) return undefined;
  return readUsage(atRoot) ?? readUsage(inChoice) ?? readUsage(fieldsOf(groq)['usage']);
}

/** Text and thinking of a content in parts; those of another type, as references, are neither. */
function partsOf(content: readonly unknown[]): { text: string; thinking: string } {
  let text = '';
  let thinking = '';
  for (const part of content) {
    if (typeof part === 'string') text += part;
    if (!isFields(part)) continue;
    if (part['type'] === 'thinking' || part['type'] === 'reasoning') thinking += thoughtIn(part);
    else text += stringIn(part['text']);
  }
  return { text, thinking };
}

function thoughtIn(part: Fields): string {
  const thought = part['thinking'] ?? part['text'] ?? part['reasoning'];
  return Array.isArray(thought) ? partsOf(thought).text : stringIn(thought);
}

/** The same thought often stands in several fields at once: the first that has any counts. */
function thinkingIn(delta: Fields): string {
  const named = stringIn(delta['reasoning_content']) || stringIn(delta['reasoning']);
  if (named !== '' || !Array.isArray(delta['reasoning_details'])) return named;
  return (delta['reasoning_details'] as unknown[])
    .map((detail) => (isFields(detail) ? stringIn(detail['text']) || stringIn(detail['summary']) : ''))
    .join('');
}

function readUsage(value: unknown): Usage | undefined {
  if (!isFields(value)) return undefined;
  const { reasoning_tokens: thinking } = fieldsOf(value['completion_tokens_details']);
  return readTokens(value['prompt_tokens'], value['completion_tokens'], thinking);
}

function firstChoice(choices: unknown): Fields | undefined {
  if (!Array.isArray(choices)) return undefined;
  const first: unknown = choices.find((choice) => isFields(choice) && (choice['index'] ?? 0) === 0);
  return isFields(first) ? first : undefined;
}
