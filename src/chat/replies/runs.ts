import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../lib/errors.ts';
import type { Bus } from '../../platform/bus/bus.ts';
import type { Log } from '../../platform/log.ts';
import type { Provider } from '../../provider/provider.ts';
import { toReplyError } from '../messages.ts';
import type { RenderedAnswers } from '../rendered/rendered.ts';
import {
  createRun,
  replyChannel,
  stopChannel,
  writeReply,
  type End,
  type ReplyNews,
  type Run,
  type RunInput,
} from './run.ts';
import type { ReplyStore } from './store.ts';

/** All running replies are saved together this often: what a `kill -9` can cost at most. */
const SAVE_EVERY_MS = 500;
/** The row of a running reply is written this often: it may hold a long text already, when a reply goes on. */
const BEAT_EVERY_MS = 5000;
/** Without a heartbeat for so long a reply's writer is gone. */
const SILENT_AFTER_MS = 30_000;
/** While an end cannot be stored it is tried again after so long, each time twice as long. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

type Deps = {
  store: ReplyStore;
  rendered: Pick<RenderedAnswers, 'add'>;
  bus: Bus;
  provider: Pick<Provider, 'chat'>;
  log: Log;
  now: () => number;
};

/**
 * The replies that this process is writing. A reply is detached from the request that asked for it: it goes on until
 * the model server ends it, someone stops it, or the process ends.
 */
export function createRuns({ store, rendered, bus, provider, log, now }: Deps) {
  const runs = new Map<string, Run>();
  const closing = new AbortController();
  let clock: NodeJS.Timeout | undefined;
  let saving: Promise<boolean> | undefined;

  function begin(input: RunInput): void {
    const run = createRun(input, now());
    const publish = (news: ReplyNews) => bus.publish(replyChannel(run.id), news);
    runs.set(run.id, run);
    clock ??= setInterval(() => void save(), SAVE_EVERY_MS);
    const unsubscribe = bus.subscribe(stopChannel(run.id), () => run.abort.abort(new AppError('stopped')));
    if (closing.signal.aborted) run.abort.abort(new AppError('interrupted'));
    run.over = writeReply(run, input, { provider, publish, now }).then((end) => {
      run.end = end;
      report(run, end);
      return storeEnd(run, end);
    });
    run.ended = run.over
      .then((isStored) => (isStored || !run.end ? undefined : storeEndLater(run, run.end)))
      .finally(() => {
        unsubscribe();
        leave(run);
        publish({ type: 'ended' });
      });
  }

  function leave(run: Run): void {
    runs.delete(run.id);
    if (runs.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  /** @returns false when it could not be stored: the text is still here */
  async function storeEnd(run: Run, { status, outcome, error }: End): Promise<boolean> {
    const { id, text, providerId, startedAt } = run;
    const usage = outcome?.usage;
    const row = {
      ...{ id, content: text, status, providerId, startedAt },
      finishReason: outcome?.finishReason ?? null,
      error: error ? JSON.stringify(error) : null,
      model: outcome?.model ?? null,
      promptTokens: usage?.promptTokens ?? null,
      completionTokens: usage?.completionTokens ?? null,
      estimated: usage ? Number(usage.estimated) : null,
    };
    try {
      await store.finish(row, now());
      void rendered.add({ id, content: text });
      return true;
    } catch (thrown) {
      const message = closing.signal.aborted ? 'reply could not be stored' : 'reply waits to be stored';
      log.error(message, { reply: id, ...faultFields(thrown), request_id: run.requestId });
      return false;
    }
  }

  /** A full disk, a foreign lock: the text stays here, with its readers, until there is room or the process ends. */
  async function storeEndLater(run: Run, end: End): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !closing.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
      if (await storeEnd(run, end)) return;
    }
  }

  /** One transaction for the growth of all running replies, with their heartbeats. @returns false when it failed */
  function save(): Promise<boolean> {
    return (saving ??= saveOnce().finally(() => (saving = undefined)));
  }

  async function saveOnce(): Promise<boolean> {
    const at = now();
    const growth = [...runs.values()]
      .map((run) => growthOf(run, at))
      .filter(({ piece, beats }) => piece || beats);
    if (growth.length === 0) return true;
    try {
      const over = await store.grow(growth, at);
      for (const { run, piece, status, beats } of growth) {
        run.saved += piece.length;
        if (beats) run.stored = { status, at };
        // The row is gone, as its owner may be, or it was ended elsewhere: nobody can read what comes.
        if (over.has(run.id) && !run.end) run.abort.abort(new AppError('stopped'));
      }
      return true;
    } catch (thrown) {
      log.error('replies could not be saved', { replies: growth.length, ...faultFields(thrown) });
      return false;
    }
  }

  function report(run: Run, { error, cause }: End): void {
    if (!error || error.code === 'interrupted') return;
    const stack = error.code === 'internal' && cause instanceof Error ? { cause: cause.stack } : {};
    const fields = { reply: run.id, code: error.code, kept: run.text.length, request_id: run.requestId };
    log.error('chat failed', { ...fields, ...stack });
  }

  return {
    begin,
    /** The reply as it stands in this process, or undefined when it is not written here. */
    find: (id: string): Readonly<Run> | undefined => runs.get(id),
    /** Asks the writer, wherever it is, to stop. Resolves when a writer in this process has stopped. */
    async stop(id: string): Promise<void> {
      bus.publish(stopChannel(id), null);
      await runs.get(id)?.over;
    },
    /** Marks replies whose writer is gone. At start-up (`everything`) that is each one that is not finished. */
    async interruptSilent({ everything }: { everything: boolean }): Promise<number> {
      // After a long sleep of the machine, or a full disk, our own replies are the first that look silent.
      if (!everything && !(await save())) return 0;
      const before = everything ? Number.MAX_SAFE_INTEGER : now() - SILENT_AFTER_MS;
      return store.interruptSilent(JSON.stringify({ code: 'interrupted', params: {} }), now(), before);
    },
    /** Ends all runs as interrupted, with their text stored, and each one that begins from now on. */
    async close(): Promise<void> {
      closing.abort();
      for (const run of runs.values()) run.abort.abort(new AppError('interrupted'));
      while (runs.size > 0) await Promise.all([...runs.values()].map((run) => run.ended));
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;

/** What of a reply is not stored yet. */
function growthOf(run: Run, now: number) {
  const { id, providerId, startedAt, status, saved, stored } = run;
  const beats = status !== stored.status || now - stored.at >= BEAT_EVERY_MS;
  return { run, id, providerId, startedAt, status, beats, position: saved, piece: run.text.slice(saved) };
}

function faultFields(thrown: unknown) {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  return { code: toReplyError(thrown).code, cause: String(cause) };
}
