import { createTextIntake } from '../../lib/text.ts';
import { channel } from '../../platform/bus/bus.ts';
import type { ChatOutcome, Provider, ServedBy, Waiting } from '../../provider/provider.ts';
import type { ReplyContext } from '../context-window/context-window.ts';
import { createThinking, type Thinking, type ThinkingNews } from '../thinking/thinking.ts';
import { toReplyError, type ReplyError } from '../messages.ts';
import type { ReplyStatus } from '../store.ts';
import type { ReplyRequest } from './reply-request.ts';

/** What happens to a reply while it is written. */
export type ReplyNews =
  | { type: 'text'; text: string }
  | ({ type: 'thinking' } & ThinkingNews)
  | { type: 'status'; status: 'queued' | 'running'; waiting: Waiting | undefined }
  | { type: 'ended' };

export const replyChannel = channel<ReplyNews>('reply');
/** Asks the writer of a reply, wherever it is, to stop. */
export const stopChannel = channel<null>('stop');

export type ReplyInput = {
  id: string;
  /** Text that is there already, when an interrupted reply goes on, and what was thought for it. */
  soFar: string;
  thoughtSoFar?: { text: string; ms: number } | undefined;
  /** Called at once; may wait, until `signal` is aborted, for what the request depends on. */
  request(signal: AbortSignal): Promise<ReplyRequest>;
  requestId: string;
};

/** How a reply ended; `cause` is what was thrown. */
export type End = { status: ReplyStatus; outcome?: ChatOutcome; error?: ReplyError; cause?: unknown };

/** A reply while this process writes it. */
export type RunningReply = {
  id: string;
  requestId: string;
  /** It goes on from text that was there. */
  isContinued: boolean;
  text: string;
  /** How much of the text is stored. */
  saved: number;
  thinking: Thinking;
  savedThinking: number;
  /** What the model has sealed for itself in this run. */
  items: unknown[];
  /** When the first text of this run came. */
  textAt: number | null;
  /** What the stored row says, and when it was written last: in memory, since its text grows elsewhere. */
  stored: { status: 'queued' | 'running'; at: number };
  status: 'queued' | 'running';
  waiting: Waiting | undefined;
  /** What the model is sent, once that is known. */
  context: ReplyContext | undefined;
  /** Who answers, once that is known. */
  servedBy: ServedBy | undefined;
  startedAt: number | null;
  abort: AbortController;
  /** Set when the writing is over, before that is stored. */
  end: End | undefined;
  /** The writing is over, and storing its end was tried once. */
  written: Promise<boolean>;
  /** The end is stored, or this process closes. */
  persisted: Promise<void>;
};

export function createRunningReply(input: ReplyInput, now: () => number): RunningReply {
  const { id, requestId, soFar, thoughtSoFar = { text: '', ms: 0 } } = input;
  return {
    id,
    requestId,
    isContinued: soFar !== '',
    text: soFar,
    saved: soFar.length,
    thinking: createThinking(thoughtSoFar, now),
    savedThinking: thoughtSoFar.text.length,
    items: [],
    textAt: null,
    stored: { status: 'queued', at: now() },
    status: 'queued',
    waiting: undefined,
    context: undefined,
    servedBy: undefined,
    startedAt: null,
    abort: new AbortController(),
    end: undefined,
    written: Promise.resolve(false),
    persisted: Promise.resolve(),
  };
}

type Writing = {
  provider: Pick<Provider, 'chat'>;
  publish(news: ReplyNews): void;
  now(): number;
};

/** Asks the model server and lets the reply's text grow until the answer ends, breaks off or is stopped. Never throws. */
export async function writeReply(
  reply: RunningReply,
  input: ReplyInput,
  { provider, publish, now }: Writing,
): Promise<End> {
  const { signal } = reply.abort;
  const intake = createTextIntake();
  const add = (text: string) => {
    if (text === '') return;
    reply.thinking.pause();
    reply.textAt ??= now();
    reply.text += text;
    publish({ type: 'text', text });
  };
  const announce = (status: 'queued' | 'running', waiting: Waiting | undefined) => {
    Object.assign(reply, { status, waiting });
    publish({ type: 'status', status, waiting });
  };
  try {
    const { context, ...request } = await input.request(signal);
    reply.context = context;
    signal.throwIfAborted();
    reply.startedAt = now();
    announce('running', undefined);
    const outcome = await provider.chat(
      { ...request, requestId: input.requestId },
      {
        signal,
        onText(piece) {
          if (reply.waiting) announce('running', undefined);
          add(intake.accept(piece));
        },
        onThinking(piece) {
          if (reply.waiting) announce('running', undefined);
          const news = reply.thinking.add(piece);
          if (news) publish({ type: 'thinking', ...news });
        },
        onItems: (items) => void reply.items.push(...items),
        onServer: (server) => (reply.servedBy = server),
        onWaiting: (waiting) => announce(waiting.reason === 'queue' ? 'queued' : 'running', waiting),
      },
    );
    add(intake.end());
    reply.thinking.pause();
    return { status: 'complete', outcome };
  } catch (cause) {
    add(intake.end());
    reply.thinking.pause();
    return endOf(cause, reply.text !== '');
  }
}

/** How a reply ends that the model server did not finish: with text it can be continued, without it failed. */
function endOf(cause: unknown, hasText: boolean): End {
  const error = toReplyError(cause);
  if (error.code === 'stopped') return { status: 'stopped' };
  if (error.code === 'interrupted') return { status: 'interrupted', error };
  return { status: hasText && error.code !== 'upstream_filtered' ? 'interrupted' : 'failed', error, cause };
}
