import { AppError, isAppError } from '../lib/errors.ts';
import { createTextIntake } from '../lib/text.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Log } from '../platform/log.ts';
import type { ChatOutcome, ChatRequest, Provider, Waiting } from '../provider/provider.ts';
import { toReplyError, type ReplyError } from './messages.ts';
import type { ChatStore, ReplyStatus } from './store.ts';

/** All running replies are saved together this often: what a `kill -9` can cost at most. */
const SAVE_EVERY_MS = 500;
/** Without a heartbeat for so long a reply's writer is gone. Its own writer beats every 500 ms. */
const SILENT_AFTER_MS = 30_000;
const RETRY_STORE_MS = 1000;

/** What the bus carries on `reply:<id>`. `at` is the position in the text at which `text` begins. */
export type ReplyNews =
  | { type: 'text'; at: number; text: string }
  | { type: 'status'; status: 'queued' | 'running'; waiting: Waiting | undefined }
  | { type: 'ended' };

export type RunInput = {
  id: string;
  /** Text that is there already, when an interrupted reply goes on. */
  soFar: string;
  /** Looked up when the run starts: the reply before this one may still be running. */
  request(): Promise<ChatRequest & { providerId: string }>;
  /** The reply before this one in the same branch, if it is still running. */
  after: Promise<void> | undefined;
  requestId: string;
};

type Run = {
  id: string;
  text: string;
  saved: number;
  waiting: Waiting | undefined;
  status: 'queued' | 'running';
  abort: AbortController;
  ended: Promise<void>;
};

type End = { status: ReplyStatus; outcome?: ChatOutcome; error?: ReplyError };
type Deps = { store: ChatStore; bus: Bus; provider: Pick<Provider, 'chat'>; log: Log; now: () => number };

/**
 * The replies that this process is writing. A reply is detached from the request that asked for it: it goes on until
 * the model server ends it, someone stops it, or the process ends.
 */
export function createRuns({ store, bus, provider, log, now }: Deps) {
  const runs = new Map<string, Run>();
  let clock: NodeJS.Timeout | undefined;
  let closing = false;

  function begin(input: RunInput): void {
    const run: Run = {
      id: input.id,
      text: input.soFar,
      saved: input.soFar.length,
      waiting: undefined,
      status: 'queued',
      abort: new AbortController(),
      ended: Promise.resolve(),
    };
    runs.set(run.id, run);
    clock ??= setInterval(() => void save(), SAVE_EVERY_MS);
    const unsubscribe = bus.subscribe(`stop:${run.id}`, () => run.abort.abort(new AppError('stopped')));
    run.ended = write(run, input)
      .then((end) => settle(run, end, input.requestId))
      .catch((cause: unknown) => log.error('reply could not be stored', { reply: run.id, cause: String(cause) }))
      .finally(() => {
        unsubscribe();
        runs.delete(run.id);
        if (runs.size === 0) {
          clearInterval(clock);
          clock = undefined;
        }
        publish(run.id, { type: 'ended' });
      });
  }

  async function write(run: Run, input: RunInput): Promise<End> {
    const { signal } = run.abort;
    const intake = createTextIntake();
    const add = (text: string) => {
      if (text === '') return;
      const at = run.text.length;
      run.text += text;
      publish(run.id, { type: 'text', at, text });
    };
    try {
      await untilDone(input.after, signal);
      const { providerId, ...request } = await input.request();
      signal.throwIfAborted();
      await store.start(run.id, providerId, now());
      announce(run, 'running', undefined);
      const outcome = await provider.chat(
        { ...request, requestId: input.requestId },
        {
          signal,
          onText(piece) {
            if (run.waiting) announce(run, 'running', undefined);
            add(intake.accept(piece));
          },
          onWaiting: (waiting) => announce(run, waiting.reason === 'queue' ? 'queued' : 'running', waiting),
        },
      );
      add(intake.end());
      return { status: 'complete', outcome };
    } catch (error) {
      add(intake.end());
      return endOf(error, run.text !== '');
    }
  }

  function announce(run: Run, status: 'queued' | 'running', waiting: Waiting | undefined): void {
    run.status = status;
    run.waiting = waiting;
    publish(run.id, { type: 'status', status, waiting });
  }

  /** Writes the end; while nothing can be stored (full disk) the text stays here and it is tried again. */
  async function settle(run: Run, end: End, requestId: string): Promise<void> {
    const { usage, finishReason, model } = end.outcome ?? {};
    const row = {
      id: run.id,
      content: run.text,
      status: end.status,
      finishReason: finishReason ?? null,
      error: end.error ? JSON.stringify(end.error) : null,
      model: model ?? null,
      promptTokens: usage?.promptTokens ?? null,
      completionTokens: usage?.completionTokens ?? null,
      estimated: usage ? Number(usage.estimated) : null,
    };
    if (end.error && end.status !== 'stopped')
      log.error('chat failed', { reply: run.id, code: end.error.code, kept: run.text.length, request_id: requestId });
    for (;;) {
      try {
        await store.finish({ ...row, now: now() });
        return;
      } catch (error) {
        if (closing || !isAppError(error, 'storage_full', 'busy', 'unavailable')) throw error;
        log.error('reply waits to be stored', { reply: run.id, code: error.code, request_id: requestId });
        await new Promise((resolve) => setTimeout(resolve, RETRY_STORE_MS));
      }
    }
  }

  /** One transaction for the growth of all running replies; it is their heartbeat too. */
  async function save(): Promise<void> {
    const growth = [...runs.values()].map((run) => ({ run, id: run.id, piece: run.text.slice(run.saved) }));
    if (growth.length === 0) return;
    try {
      await store.grow(growth, now());
      for (const { run, piece } of growth) run.saved += piece.length;
    } catch (error) {
      log.error('replies could not be saved', { replies: growth.length, code: toReplyError(error).code });
    }
  }

  function publish(id: string, news: ReplyNews): void {
    bus.publish(`reply:${id}`, news);
  }

  return {
    begin,
    /** The reply as it stands in this process, or undefined when it is not written here. */
    find: (id: string) => runs.get(id) as Pick<Run, 'text' | 'status' | 'waiting' | 'ended'> | undefined,
    /** Asks the writer, wherever it is, to stop. Resolves when a writer in this process has stored the end. */
    async stop(id: string): Promise<void> {
      bus.publish(`stop:${id}`, {});
      await runs.get(id)?.ended;
    },
    /** Marks replies whose writer is gone. At start-up (`everything`) that is each one that is not finished. */
    interruptSilent(options: { everything: boolean }): Promise<number> {
      const before = options.everything ? Number.MAX_SAFE_INTEGER : now() - SILENT_AFTER_MS;
      return store.interruptSilent(JSON.stringify({ code: 'interrupted', params: {} }), now(), before);
    },
    /** Ends all runs as interrupted, with their text stored. */
    async close(): Promise<void> {
      closing = true;
      for (const run of runs.values()) run.abort.abort(new AppError('interrupted'));
      await Promise.all([...runs.values()].map((run) => run.ended));
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;

/** How a reply ends that the model server did not finish: with text it can be continued, without it failed. */
function endOf(error: unknown, hasText: boolean): End {
  const reason = toReplyError(error);
  if (reason.code === 'stopped') return { status: 'stopped' };
  if (reason.code === 'interrupted') return { status: 'interrupted', error: reason };
  return { status: hasText && reason.code !== 'upstream_filtered' ? 'interrupted' : 'failed', error: reason };
}

function untilDone(work: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  if (!work || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    void work.finally(resolve);
  });
}
