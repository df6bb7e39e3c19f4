import { AppError } from '../../lib/errors.ts';
import { errorIn, errorInAnswer, type Fault, type FaultContext } from '../faults.ts';
import type { Usage } from '../provider.ts';
import type { Chunk } from './chunk.ts';
import { createEventStream } from './event-stream.ts';
import { createThinkBlock, type Part } from './think-block.ts';

/** A longer answer is cut here: nobody reads two million characters, and each one is stored and rendered. */
export const MAX_ANSWER_CHARACTERS = 2_000_000;
/** Thinking beyond this is read, and let go. */
const MAX_THINKING_CHARACTERS = 500_000;
const MAX_WHOLE_ANSWER_CHARACTERS = 8_000_000;

export type CompletionReader = {
  /** Takes decoded text of the body; true once nothing more is to come. @throws AppError `upstream_*` */
  feed(slice: string): boolean;
  /** The body ended. @throws AppError `upstream_cut` when the answer did not, `upstream_bad_answer` when it was none */
  end(): void;
  /** Nothing more comes: gives what was held back. */
  flush(): void;
  /** The answer is whole, whatever happens to the connection from here on. */
  isComplete(): boolean;
  /** In the model server's own words; '' when it named none. */
  finishReason(): string;
  usage(): Usage | undefined;
  /** Of the answer and of the thinking before it. */
  characters(): number;
  /** The model server has begun to answer, be it with thinking alone: from here on there is something to pay. */
  hasBegun(): boolean;
  /** Events that could not be read, and were passed over. */
  unreadable(): number;
  /** What the server said had gone wrong, once it was thrown. */
  fault(): Fault | undefined;
};

export type CompletionReaderOptions = {
  context: FaultContext;
  /** Reads the data of one event, or a whole answer. @throws SyntaxError */
  read(json: string): Chunk;
  onText(piece: string): void;
  onThinking(piece: string): void;
  onItems(items: readonly unknown[]): void;
  onProgress(): void;
  onFinish(): void;
};

/**
 * Gathers one answer, streamed or whole as its own first character tells: passes text and thinking on, keeps the first
 * finish reason and the last usage report. A stream is complete with a finish reason, or with `[DONE]` alone.
 */
export function createCompletionReader(options: CompletionReaderOptions): CompletionReader {
  const { context, onProgress, onFinish } = options;
  const thinkBlock = createThinkBlock();
  let form: 'unknown' | 'events' | 'whole' = 'unknown';
  let body = '';
  let finishReason: string | undefined;
  let usage: Usage | undefined;
  let fault: Fault | undefined;
  const given = { text: 0, thinking: 0, items: 0 };
  let isDone = false;
  let isReadable = false;
  let hasBegun = false;
  let unreadable = 0;

  const fail = (error: unknown): never => {
    fault = errorInAnswer(error, context);
    throw fault.error;
  };

  const take = (chunk: Chunk) => {
    if (chunk.error !== undefined) fail(chunk.error);
    if (chunk.isProgress) {
      onProgress();
      hasBegun = true;
    }
    if (chunk.thinking !== '') {
      if (!thinkBlock.isOver()) give(thinkBlock.skip());
      giveThinking(chunk.thinking);
    }
    if (chunk.text !== '') {
      // Nearly every piece of an answer comes this way.
      if (thinkBlock.isOver()) giveText(chunk.text);
      else give(thinkBlock.accept(chunk.text));
    }
    if (chunk.items) giveItems(chunk.items);
    if (chunk.whole) takeMissing(chunk.whole);
    usage = chunk.usage ?? usage;
    isDone ||= chunk.isLast ?? false;
    if (chunk.finishReason === undefined || finishReason !== undefined) return;
    // OpenRouter and others end a stream that failed with this.
    if (chunk.finishReason === 'error') fail('error');
    finishReason = chunk.finishReason;
    give(thinkBlock.end());
    onFinish();
  };

  /** What did not come in pieces comes at the end. */
  const takeMissing = ({ text, thinking, items }: NonNullable<Chunk['whole']>) => {
    if (given.thinking === 0 && thinking !== '') giveThinking(thinking);
    if (given.text === 0 && text !== '') give(thinkBlock.accept(text));
    if (given.items === 0) giveItems(items);
  };

  const give = (parts: Iterable<Part>) => {
    for (const { kind, text } of parts)
      if (kind === 'thinking') giveThinking(text);
      else giveText(text);
  };

  const giveItems = (items: readonly unknown[]) => {
    given.items += items.length;
    if (items.length > 0) options.onItems(items);
  };

  const giveText = (text: string) => {
    const room = MAX_ANSWER_CHARACTERS - given.text;
    const piece = text.length <= room ? text : text.slice(0, room);
    given.text += piece.length;
    if (piece !== '') options.onText(piece);
    if (text.length > room) throw new AppError('upstream_too_large');
  };

  const giveThinking = (text: string) => {
    const piece = text.slice(0, Math.max(0, MAX_THINKING_CHARACTERS - given.thinking));
    given.thinking += text.length;
    if (piece !== '') options.onThinking(piece);
  };

  const events = createEventStream((data, name) => {
    if (isDone) return;
    if (readEvent(data, name)) isReadable = true;
  });

  /** @returns whether it could be read */
  function readEvent(data: string, name: string): boolean {
    // Nearly all events are this one.
    if (name !== 'error' && data.startsWith('{')) {
      take(parsed(data, 'upstream_cut'));
      return true;
    }
    const trimmed = data.trim();
    if (trimmed === '[DONE]') isDone = true;
    else if (name === 'error') fail(errorIn(trimmed) ?? trimmed);
    else if (/^[{[]/.test(trimmed)) take(parsed(data, 'upstream_cut'));
    else if (/^error\b/i.test(trimmed)) fail(trimmed);
    else {
      unreadable += 1;
      return false;
    }
    return true;
  }

  /** A broken event means that something between the model and us cut or mixed the stream: the text so far counts. */
  const parsed = (json: string, code: 'upstream_cut' | 'upstream_bad_answer'): Chunk => {
    try {
      return options.read(json);
    } catch (cause) {
      throw new AppError(code, { params: { host: context.host }, cause });
    }
  };

  const takeWhole = () => {
    // Some gateways end a whole answer like a stream.
    const json = body.replace(/\n\s*data:\s*\[DONE\]\s*$/, '').trim();
    const chunk = parsed(json, 'upstream_bad_answer');
    take(chunk);
    isReadable = chunk.isProgress || chunk.usage !== undefined;
    isDone = isReadable;
  };

  const begin = (slice: string) => {
    // Blanks before an answer say nothing, however many come.
    body = slice.trimStart();
    const first = body.charAt(0);
    if (first === '') return;
    if (first === '<') throw new AppError('upstream_bad_answer', { params: { host: context.host } });
    form = first === '{' || first === '[' ? 'whole' : 'events';
    if (form === 'events') events.feed(body);
  };

  return {
    feed(slice) {
      try {
        if (form === 'unknown') begin(slice);
        else if (form === 'events') events.feed(slice);
        else body += slice;
      } catch (error) {
        throw error instanceof RangeError ? new AppError('upstream_too_large', { cause: error }) : error;
      }
      if (form === 'whole' && body.length > MAX_WHOLE_ANSWER_CHARACTERS)
        throw new AppError('upstream_too_large');
      return isDone;
    },
    end() {
      if (form === 'whole') takeWhole();
      else events.end();
      give(thinkBlock.end());
      if (!isReadable) throw new AppError('upstream_bad_answer', { params: { host: context.host } });
      if (!isDone && finishReason === undefined) throw new AppError('upstream_cut');
    },
    flush: () => give(thinkBlock.end()),
    isComplete: () => isDone || finishReason !== undefined,
    finishReason: () => finishReason ?? '',
    usage: () => usage,
    characters: () => given.text + given.thinking,
    hasBegun: () => hasBegun,
    unreadable: () => unreadable,
    fault: () => fault,
  };
}
