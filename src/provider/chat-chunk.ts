import type { Usage } from './provider.ts';

/** What one event of a chat stream, or a whole answer, says. */
export type Chunk = {
  text: string;
  finishReason: string | undefined;
  usage: Usage | undefined;
  /** The model server's own error object inside a stream that began well. */
  error: unknown;
  /** The model is at work: text, thinking or a finish. Empty events and comments do not count against a stall. */
  isProgress: boolean;
};

/** No context window is larger; a greater number in a usage report is a fault of the server. */
const MAX_SANE_TOKENS = 100_000_000;

type Fields = Record<string, unknown>;

/**
 * Reads the data of one event, or a whole `chat.completion`. Unknown fields and wrong types are passed over; thinking
 * (`reasoning_content`) gives no text; a refusal is text.
 * @throws SyntaxError when the data is no JSON
 */
export function readChunk(json: string): Chunk {
  const root: unknown = JSON.parse(json);
  if (!isFields(root))
    return { text: '', finishReason: undefined, usage: undefined, error: undefined, isProgress: false };
  const choice = firstChoice(root['choices']);
  const delta = isFields(choice?.['delta'])
    ? choice['delta']
    : isFields(choice?.['message'])
      ? choice['message']
      : {};
  const text = textOf(delta['content']) + textOf(delta['refusal']);
  const finishReason = textOf(choice?.['finish_reason']) || undefined;
  const isThinking = textOf(delta['reasoning_content']) !== '' || textOf(delta['reasoning']) !== '';
  return {
    text,
    finishReason,
    usage: readUsage(root['usage']),
    error: root['error'] ?? undefined,
    isProgress: text !== '' || finishReason !== undefined || isThinking || Array.isArray(delta['tool_calls']),
  };
}

/** The reported usage, or nothing when it is missing, zero, negative or absurd (then it is estimated). */
function readUsage(value: unknown): Usage | undefined {
  if (!isFields(value)) return undefined;
  const [promptTokens, completionTokens] = [value['prompt_tokens'], value['completion_tokens']];
  if (!isSane(promptTokens) || !isSane(completionTokens)) return undefined;
  if (promptTokens + completionTokens === 0) return undefined;
  return { promptTokens, completionTokens, estimated: false };
}

function firstChoice(choices: unknown): Fields | undefined {
  if (!Array.isArray(choices)) return undefined;
  const first: unknown = choices.find((choice) => isFields(choice) && (choice['index'] ?? 0) === 0);
  return isFields(first) ? first : undefined;
}

function isSane(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SANE_TOKENS;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
