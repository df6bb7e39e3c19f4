import { Worker } from 'node:worker_threads';
import type { Log } from '../../platform/log.ts';
import { bareName } from '../models/openai-names.ts';

/** Its tables take some 70 MB, so the thread ends after so long without work. */
const IDLE_MS = 60_000;
/** Loading takes less than a second and a megabyte of text as long again; the answer waits, and an estimate will do. */
const LIMIT_MS = 5000;

type Waiting = { settle(counts: readonly number[] | undefined): void };
type Answer = { id: number; counts: readonly number[] };

export type TokenCounter = ReturnType<typeof createTokenCounter>;

/** Models whose tokens are those of `o200k_base`: OpenAI's since GPT-4o, by the list in its library tiktoken. */
export const isCountable = (model: string): boolean =>
  /^(gpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|chatgpt-|o\d)/.test(bareName(model));

/** Counts tokens exactly, in a thread of its own that is started when it is first needed. */
export function createTokenCounter({ log }: { log: Log }) {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  function end(): void {
    clearTimeout(idle);
    const ended = worker;
    worker = undefined;
    void ended?.terminate();
    for (const { settle } of [...waiting.values()]) settle(undefined);
  }

  function start(): Worker {
    const program = import.meta.url.endsWith('.js') ? './token-worker.js' : './worker.mjs';
    const started = new Worker(new URL(program, import.meta.url));
    started.unref();
    started.on('message', ({ id, counts }: Answer) => waiting.get(id)?.settle(counts));
    started.on('error', (cause) => {
      log.error('tokens could not be counted', { cause: String(cause) });
      if (worker === started) end();
    });
    return started;
  }

  return {
    /** How many tokens each text has; undefined when that takes too long. */
    count(texts: readonly string[]): Promise<readonly number[] | undefined> {
      worker ??= start();
      clearTimeout(idle);
      const id = (lastId += 1);
      return new Promise((resolve) => {
        const limit = setTimeout(end, LIMIT_MS).unref();
        const settle = (counts: readonly number[] | undefined) => {
          clearTimeout(limit);
          waiting.delete(id);
          if (waiting.size === 0 && worker) idle = setTimeout(end, IDLE_MS).unref();
          resolve(counts);
        };
        waiting.set(id, { settle });
        worker?.postMessage({ id, texts });
      });
    },
    close: end,
  };
}
