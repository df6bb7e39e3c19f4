import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../lib/errors.ts';
import type { Bus } from '../../platform/bus/bus.ts';
import type { Log } from '../../platform/log.ts';
import type { OpaqueItems, Provider } from '../../provider/provider.ts';
import { toReplyError, UNSENT, type ReplyError } from '../messages.ts';
import type { RenderedAnswers } from '../rendered/rendered.ts';
import {
  createRunningReply,
  replyChannel,
  stopChannel,
  writeReply,
  type End,
  type ReplyNews,
  type RunningReply,
  type ReplyInput,
} from './write-reply.ts';
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
export function createReplyWriter({ store, rendered, bus, provider, log, now }: Deps) {
  const writing = new Map<string, RunningReply>();
  const closing = new AbortController();
  let clock: NodeJS.Timeout | undefined;
  let saving: Promise<boolean> | undefined;

  function begin(input: ReplyInput): void {
    const reply = createRunningReply(input, now);
    const publish = (news: ReplyNews) => bus.publish(replyChannel(reply.id), news);
    writing.set(reply.id, reply);
    clock ??= setInterval(() => void save(), SAVE_EVERY_MS);
    const unsubscribe = bus.subscribe(stopChannel(reply.id), () =>
      reply.abort.abort(new AppError('stopped')),
    );
    if (closing.signal.aborted) reply.abort.abort(new AppError('interrupted'));
    reply.written = writeReply(reply, input, { provider, publish, now }).then((end) => {
      reply.end = end;
      report(reply, end);
      return storeEnd(reply, end);
    });
    reply.persisted = reply.written
      .then((isStored) => (isStored || !reply.end ? undefined : storeEndLater(reply, reply.end)))
      .finally(() => {
        unsubscribe();
        leave(reply);
        publish({ type: 'ended' });
      });
  }

  function leave(reply: RunningReply): void {
    writing.delete(reply.id);
    if (writing.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  /** @returns false when it could not be stored: the text is still here */
  async function storeEnd(reply: RunningReply, { status, outcome, error }: End): Promise<boolean> {
    const { id, text, servedBy, startedAt } = reply;
    const usage = outcome?.usage;
    const thinking = { id, text: reply.thinking.text, ...thinkingOf(reply, usage?.thinkingTokens) };
    const row = {
      id,
      content: text,
      status,
      providerId: servedBy?.providerId ?? null,
      startedAt,
      finishReason: outcome?.finishReason ?? null,
      error: error ? JSON.stringify(error) : null,
      model: servedBy?.model ?? null,
      promptTokens: usage?.promptTokens ?? null,
      completionTokens: usage?.completionTokens ?? null,
      estimated: usage ? Number(usage.estimated) : null,
    };
    try {
      await store.finish(
        row,
        { thinking: { ...thinking, items: itemsOf(reply) }, context: reply.context },
        now(),
      );
      void rendered.add({ id, content: text });
      return true;
    } catch (thrown) {
      const message = closing.signal.aborted ? 'reply could not be stored' : 'reply waits to be stored';
      log.error(message, { reply: id, ...faultFields(thrown), request_id: reply.requestId });
      return false;
    }
  }

  /** A full disk, a foreign lock: the text stays here, with its readers, until there is room or the process ends. */
  async function storeEndLater(reply: RunningReply, end: End): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !closing.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
      if (await storeEnd(reply, end)) return;
    }
  }

  /** One transaction for the growth of all running replies, with their heartbeats. @returns false when it failed */
  function save(): Promise<boolean> {
    return (saving ??= saveOnce().finally(() => (saving = undefined)));
  }

  async function saveOnce(): Promise<boolean> {
    const at = now();
    const growth = [...writing.values()]
      .map((reply) => growthOf(reply, at))
      .filter(({ piece, thought, beats }) => piece || thought.piece || beats);
    if (growth.length === 0) return true;
    try {
      const over = await store.grow(growth, at);
      for (const { reply, piece, thought, status, beats } of growth) {
        reply.saved += piece.length;
        reply.savedThinking += thought.piece.length;
        if (beats) reply.stored = { status, at };
        // The row is gone, as its owner may be, or it was ended elsewhere: nobody can read what comes.
        if (over.has(reply.id) && !reply.end) reply.abort.abort(new AppError('stopped'));
      }
      return true;
    } catch (thrown) {
      log.error('replies could not be saved', { replies: growth.length, ...faultFields(thrown) });
      return false;
    }
  }

  function report(reply: RunningReply, { error, cause }: End): void {
    if (!error || error.code === 'interrupted') return;
    const stack = error.code === 'internal' && cause instanceof Error ? { cause: cause.stack } : {};
    const fields = {
      reply: reply.id,
      code: error.code,
      kept: reply.text.length,
      request_id: reply.requestId,
    };
    log.error('chat failed', { ...fields, ...stack });
  }

  return {
    begin,
    /** The reply as it stands in this process, or undefined when it is not written here. */
    find: (id: string): Readonly<RunningReply> | undefined => writing.get(id),
    /** Asks the writer, wherever it is, to stop. Resolves when a writer in this process has stopped. */
    async stop(id: string): Promise<void> {
      bus.publish(stopChannel(id), null);
      await writing.get(id)?.written;
    },
    /** Marks replies whose writer is gone. At start-up (`everything`) that is each one that is not finished. */
    async interruptSilent({ everything }: { everything: boolean }): Promise<number> {
      // After a long sleep of the machine, or a full disk, our own replies are the first that look silent.
      if (!everything && !(await save())) return 0;
      const before = everything ? Number.MAX_SAFE_INTEGER : now() - SILENT_AFTER_MS;
      const errorWith = (params: ReplyError['params']) => JSON.stringify({ code: 'interrupted', params });
      return store.interruptSilent({ interrupted: errorWith({}), unsent: errorWith(UNSENT) }, now(), before);
    },
    /** Ends all writing as interrupted, with their text stored, and each one that begins from now on. */
    async close(): Promise<void> {
      closing.abort();
      for (const reply of writing.values()) reply.abort.abort(new AppError('interrupted'));
      while (writing.size > 0) await Promise.all([...writing.values()].map((reply) => reply.persisted));
    },
  };
}

export type ReplyWriter = ReturnType<typeof createReplyWriter>;

/** What of a reply is not stored yet. */
function growthOf(reply: RunningReply, now: number) {
  const { id, servedBy, startedAt, status, saved, stored, thinking, savedThinking } = reply;
  const beats = status !== stored.status || now - stored.at >= BEAT_EVERY_MS;
  const piece = reply.text.slice(saved);
  const thought = {
    id,
    position: savedThinking,
    piece: thinking.text.slice(savedThinking),
    ms: Math.round(thinking.ms()),
  };
  const providerId = servedBy?.providerId ?? null;
  return { reply, id, providerId, startedAt, status, beats, position: saved, piece, thought };
}

/** They belong to the text of one run: what was written in several has none. */
const itemsOf = ({ isContinued, servedBy, items }: RunningReply): OpaqueItems | undefined =>
  servedBy && !isContinued ? { ...servedBy, items } : undefined;

/** A model that keeps its thoughts to itself thought until its first word, if it reports tokens for it. */
function thinkingOf({ thinking, textAt, startedAt }: RunningReply, tokens: number | undefined) {
  const seen = Math.round(thinking.ms());
  const silent = tokens !== undefined && textAt !== null && startedAt !== null ? textAt - startedAt : null;
  return { ms: thinking.text === '' ? silent : seen, tokens: tokens ?? null };
}

function faultFields(thrown: unknown) {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  return { code: toReplyError(thrown).code, cause: String(cause) };
}
