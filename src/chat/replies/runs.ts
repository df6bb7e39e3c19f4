import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../lib/errors.ts';
import { createTextIntake } from '../../lib/text.ts';
import type { Bus } from '../../platform/bus/bus.ts';
import type { Log } from '../../platform/log.ts';
import type { ChatOutcome, ChatRequest, Provider, Waiting } from '../../provider/provider.ts';
import { toReplyError, type ReplyError } from '../messages.ts';
import type { ReplyStatus } from '../store.ts';
import type { ReplyStore } from './store.ts';

/** All running replies are saved together this often: what a `kill -9` can cost at most. */
const SAVE_EVERY_MS = 500;
/** Without a heartbeat for so long a reply's writer is gone. Its own writer beats every 500 ms. */
const SILENT_AFTER_MS = 30_000;
/** While an end cannot be stored it is tried again after so long, each time twice as long. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** What the bus carries on `reply:<id>`. `at` is the position in the text at which `text` begins. */
export type ReplyNews =
  | { type: 'text'; at: number; text: string }
  | { type: 'status'; status: 'queued' | 'running'; waiting: Waiting | undefined }
  | { type: 'ended' };

export type RunInput = {
  id: string;
  /** Text that is there already, when an interrupted reply goes on. */
  soFar: string;
  /** Called at once; may wait, until `signal` is aborted, for what the request depends on. */
  request(signal: AbortSignal): Promise<ChatRequest & { providerId: string | null }>;
  requestId: string;
};

type Run = {
  id: string;
  requestId: string;
  text: string;
  saved: number;
  waiting: Waiting | undefined;
  status: 'queued' | 'running';
  providerId: string | null;
  startedAt: number | null;
  abort: AbortController;
  /** How it ended; set before it is stored. */
  end: End | undefined;
  /** It has ended, and storing that was tried once. */
  over: Promise<boolean>;
  /** The end is stored, or the process ends. */
  ended: Promise<void>;
};

type End = { status: ReplyStatus; outcome?: ChatOutcome; error?: ReplyError };
type Deps = { store: ReplyStore; bus: Bus; provider: Pick<Provider, 'chat'>; log: Log; now: () => number };

/**
 * The replies that this process is writing. A reply is detached from the request that asked for it: it goes on until
 * the model server ends it, someone stops it, or the process ends.
 */
export function createRuns({ store, bus, provider, log, now }: Deps) {
  const runs = new Map<string, Run>();
  const closing = new AbortController();
  let clock: NodeJS.Timeout | undefined;
  let saving: Promise<boolean> | undefined;

  function begin(input: RunInput): void {
    const run: Run = {
      ...{ id: input.id, requestId: input.requestId },
      ...{ text: input.soFar, saved: input.soFar.length },
      ...{ status: 'queued', waiting: undefined, providerId: null, startedAt: null },
      ...{ abort: new AbortController(), end: undefined },
      ...{ over: Promise.resolve(false), ended: Promise.resolve() },
    };
    runs.set(run.id, run);
    clock ??= setInterval(() => void save(), SAVE_EVERY_MS);
    const unsubscribe = bus.subscribe(`stop:${run.id}`, () => run.abort.abort(new AppError('stopped')));
    if (closing.signal.aborted) run.abort.abort(new AppError('interrupted'));
    run.over = write(run, input).then((end) => {
      run.end = end;
      return storeEnd(run, end);
    });
    run.ended = run.over
      .then((isStored) => (isStored || !run.end ? undefined : storeEndLater(run, run.end)))
      .finally(() => {
        unsubscribe();
        leave(run);
      });
  }

  function leave(run: Run): void {
    runs.delete(run.id);
    if (runs.size === 0) {
      clearInterval(clock);
      clock = undefined;
    }
    publish(run.id, { type: 'ended' });
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
      const { providerId, ...request } = await input.request(signal);
      signal.throwIfAborted();
      run.providerId = providerId;
      run.startedAt = now();
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
      const end = endOf(error, run.text !== '');
      if (end.error && !closing.signal.aborted) report(run, error, end.error);
      return end;
    }
  }

  function announce(run: Run, status: 'queued' | 'running', waiting: Waiting | undefined): void {
    run.status = status;
    run.waiting = waiting;
    publish(run.id, { type: 'status', status, waiting });
  }

  /** @returns false when it could not be stored: the text is still here */
  async function storeEnd(run: Run, end: End): Promise<boolean> {
    const { usage, finishReason, model } = end.outcome ?? {};
    const row = {
      ...{ id: run.id, content: run.text, status: end.status, providerId: run.providerId },
      ...{ startedAt: run.startedAt, finishReason: finishReason ?? null, model: model ?? null },
      error: end.error ? JSON.stringify(end.error) : null,
      promptTokens: usage?.promptTokens ?? null,
      completionTokens: usage?.completionTokens ?? null,
      estimated: usage ? Number(usage.estimated) : null,
    };
    try {
      await store.finish(row, now());
      return true;
    } catch (error) {
      const { code } = toReplyError(error);
      const fields = { reply: run.id, code, cause: String(error), request_id: run.requestId };
      log.error(closing.signal.aborted ? 'reply could not be stored' : 'reply waits to be stored', fields);
      return false;
    }
  }

  /** A full disk, a foreign lock: the text stays in memory, with its readers, until there is room or the process ends. */
  async function storeEndLater(run: Run, end: End): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    do {
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
      if (await storeEnd(run, end)) return;
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    } while (!closing.signal.aborted);
  }

  /** One transaction for the growth of all running replies; it is their heartbeat too. @returns false when it failed */
  function save(): Promise<boolean> {
    return (saving ??= saveOnce().finally(() => (saving = undefined)));
  }

  async function saveOnce(): Promise<boolean> {
    const growth = [...runs.values()].map((run) => ({ run, length: run.text.length }));
    if (growth.length === 0) return true;
    try {
      const rows = growth.map(({ run, length }) => ({ ...run, piece: run.text.slice(run.saved, length) }));
      const isLive = await store.grow(rows, now());
      for (const [i, { run, length }] of growth.entries()) {
        run.saved = length;
        // The row is gone (its owner is), or another one ended it.
        if (!isLive[i] && !run.end) run.abort.abort(new AppError('stopped'));
      }
      return true;
    } catch (error) {
      log.error('replies could not be saved', { replies: growth.length, code: toReplyError(error).code });
      return false;
    }
  }

  function report(run: Run, thrown: unknown, { code }: ReplyError): void {
    const cause = code === 'internal' && thrown instanceof Error ? { cause: thrown.stack } : {};
    const fields = { reply: run.id, code, kept: run.text.length, request_id: run.requestId };
    log.error('chat failed', { ...fields, ...cause });
  }

  function publish(id: string, news: ReplyNews): void {
    bus.publish(`reply:${id}`, news);
  }

  return {
    begin,
    /** The reply as it stands in this process, or undefined when it is not written here. */
    find: (id: string): Readonly<Run> | undefined => runs.get(id),
    /** Asks the writer, wherever it is, to stop. Resolves when a writer in this process has stopped. */
    async stop(id: string): Promise<void> {
      bus.publish(`stop:${id}`, {});
      await runs.get(id)?.over;
    },
    /** Marks replies whose writer is gone. At start-up (`everything`) that is each one that is not finished. */
    async interruptSilent({ everything }: { everything: boolean }): Promise<number> {
      // After a long sleep of the machine, or a full disk, our own replies are the first that look silent.
      if (!everything && !(await save())) return 0;
      const before = everything ? Number.MAX_SAFE_INTEGER : now() - SILENT_AFTER_MS;
      return store.interruptSilent(JSON.stringify({ code: 'interrupted', params: {} }), now(), before);
    },
    /** Ends all runs as interrupted, with their text stored, and all that begin from now on. */
    async close(): Promise<void> {
      closing.abort();
      for (const run of runs.values()) run.abort.abort(new AppError('interrupted'));
      while (runs.size > 0) await Promise.all([...runs.values()].map((run) => run.ended));
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
