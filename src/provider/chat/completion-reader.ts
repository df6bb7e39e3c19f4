import { AppError } from '../../lib/errors.ts';
import { createEventStream } from './event-stream.ts';
import { errorInStream, type FaultContext } from '../faults.ts';
import type { Usage } from '../provider.ts';

/** A longer answer is cut here: nobody reads two million characters, and each one is stored and rendered. */
export const MAX_ANSWER_CHARACTERS = 2_000_000;

/** No context window is larger; a greater number in a usage report is a fault of the server. */
const MAX_SANE_TOKENS = 100_000_000;

type Fields = Record<string, unknown>;

/** What one event of a chat stream, or a whole answer, says. */
type Chunk = {
  text: string;
  finishReason: string | undefined;
  usage: Usage | undefined;
  /** The model server's own error object inside a stream that began well. */
  error: unknown;
  /** The model is at work: text, thinking or a finish. Empty events and comments do not count against a stall. */
  isProgress: boolean;
};

export type CompletionReader = {
  /** Takes decoded text of an event stream; true once `[DONE]` was read. @throws AppError `upstream_*` */
  feed(slice: string): boolean;
  /** The event stream ended. @throws AppError `upstream_cut` without a finish reason */
  end(): boolean;
  /** Takes a whole `chat.completion` of a server that does not stream. @throws AppError `upstream_*` */
  whole(json: string): void;
  finishReason(): string | undefined;
  usage(): Usage | undefined;
  characters(): number;
  /** The model server has begun to answer, be it with thinking alone: from here on there is something to pay. */
  hasBegun(): boolean;
};

export type CompletionReaderOptions = {
  context: FaultContext;
  onText(piece: string): void;
  onProgress(): void;
  onFinish(): void;
};

/** Gathers one answer from its events: passes text on, keeps the first finish reason and the last usage report. */
export function createCompletionReader({
  context,
  onText,
  onProgress,
  onFinish,
}: CompletionReaderOptions): CompletionReader {
  let finishReason: string | undefined;
  let usage: Usage | undefined;
  let characters = 0;
  let isDone = false;
  let sawEvent = false;
  let sawBytes = false;
  let sawProgress = false;

  const take = (chunk: Chunk) => {
    if (chunk.error !== undefined) throw errorInStream(chunk.error, context);
    if (chunk.isProgress) {
      sawProgress = true;
      onProgress();
    }
    if (chunk.text !== '') give(chunk.text);
    usage = chunk.usage ?? usage;
    if (chunk.finishReason === undefined || finishReason !== undefined) return;
    finishReason = chunk.finishReason;
    onFinish();
  };

  const give = (text: string) => {
    const piece = text.slice(0, MAX_ANSWER_CHARACTERS - characters);
    characters += piece.length;
    if (piece !== '') onText(piece);
    if (piece.length < text.length) throw new AppError('upstream_too_large');
  };

  const events = createEventStream((data, name) => {
    sawEvent = true;
    if (isDone) return;
    if (data.trim() === '[DONE]') isDone = true;
    else if (name === 'error') throw errorInStream(parsed(data), context);
    else take(parseChunk(data));
  });

  const requireFinish = () => {
    if (finishReason === undefined) throw new AppError('upstream_cut');
    return true;
  };

  return {
    feed(slice) {
      sawBytes = true;
      try {
        events.feed(slice);
      } catch (error) {
        throw error instanceof RangeError ? new AppError('upstream_too_large', { cause: error }) : error;
      }
      return isDone && requireFinish();
    },
    end() {
      events.end();
      if (sawBytes && !sawEvent)
        throw new AppError('upstream_bad_answer', { params: { host: context.host } });
      return requireFinish();
    },
    whole(json) {
      const chunk = parseWhole(json, context);
      take(chunk);
      requireFinish();
    },
    finishReason: () => finishReason,
    usage: () => usage,
    characters: () => characters,
    hasBegun: () => sawProgress,
  };
}

/** A broken event means that something between the model and us cut or mixed the stream: the text so far counts. */
function parseChunk(data: string): Chunk {
  try {
    return readChunk(data);
  } catch (error) {
    throw new AppError('upstream_cut', { cause: error });
  }
}

function parseWhole(json: string, context: FaultContext): Chunk {
  try {
    return readChunk(json);
  } catch (error) {
    throw new AppError('upstream_bad_answer', { params: { host: context.host }, cause: error });
  }
}

function parsed(data: string): unknown {
  try {
    const root: unknown = JSON.parse(data);
    return typeof root === 'object' && root !== null && 'error' in root ? root.error : root;
  } catch {
    return data;
  }
}

/**
 * Reads the data of one event, or a whole `chat.completion`. Unknown fields and wrong types are passed over; thinking
 * (`reasoning_content`) gives no text; a refusal is text.
 * @throws SyntaxError when the data is no JSON
 */
function readChunk(json: string): Chunk {
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
