import { setImmediate as nextTurn } from 'node:timers/promises';
import { growingHtml, type GrowingHtml } from '../../lib/markdown/growing.ts';
import { renderMarkdown } from '../../lib/markdown/markdown.ts';
import { weigh } from '../../lib/markdown/weight.ts';
import type { Log } from '../log.ts';
import { createLane } from '../worker-thread/lane.ts';
import { startWorker } from '../worker-thread/start-worker.ts';
import type { RenderJob } from './worker.ts';

/** A text up to this weight is rendered in a turn of the event loop, alone; 10 ms at the worst, an eighth as a rule. */
const MAX_WEIGHT_IN_TURN = 8000;

/** `quick`: somebody waits for it. `thorough`: somebody asked for this one. `background`: nobody waits. */
export type Patience = 'quick' | 'thorough' | 'background';
const limits = {
  quick: { limitMs: 3000, maxHtml: 1_000_000 },
  thorough: { limitMs: 10_000, maxHtml: 8_000_000 },
  background: { limitMs: 10_000, maxHtml: 1_000_000 },
};

const isLight = (text: string) => text.length <= MAX_WEIGHT_IN_TURN && weigh(text) <= MAX_WEIGHT_IN_TURN;

/** Renders Markdown without holding up the event loop: small texts in turn, larger ones in a worker thread. */
export function createMarkdownRenderer({ log }: { log: Log }) {
  const deps = {
    startWorker: () => startWorker('markdown-worker', new URL('./worker.ts', import.meta.url)),
    reportFault: (cause: unknown) => log.error('rendering failed', { cause: String(cause) }),
  };
  const quick = createLane<RenderJob>(deps);
  /** What takes long has a thread of its own, so that it holds up nobody who waits. */
  const slow = createLane<RenderJob>(deps);
  let lastTurn: Promise<unknown> = Promise.resolve();

  /** One piece of work in each turn of the event loop, whoever asked for it. */
  function inTurn<T>(work: () => T): Promise<T> {
    const done = lastTurn.then(() => nextTurn()).then(work);
    lastTurn = done.catch(() => undefined);
    return done;
  }

  return {
    /** The HTML of a finished text; undefined when that takes too long or yields too much HTML. */
    async render(text: string, patience: Patience): Promise<string | undefined> {
      const { limitMs, maxHtml } = limits[patience];
      const lane = patience === 'quick' ? quick : slow;
      const html = isLight(text)
        ? await inTurn(() => renderMarkdown(text))
        : await lane.run<string>({ kind: 'whole', text }, limitMs);
      return html !== undefined && html.length <= maxHtml ? html : undefined;
    },

    /** A text that still grows, as far as it is, in the state that the stream of its events continues from. */
    async renderGrowing(text: string): Promise<GrowingHtml | undefined> {
      return isLight(text)
        ? inTurn(() => growingHtml(text))
        : quick.run<GrowingHtml>({ kind: 'growing', text }, limits.quick.limitMs);
    },

    close(): void {
      quick.close();
      slow.close();
    },
  };
}

export type MarkdownRenderer = ReturnType<typeof createMarkdownRenderer>;
