import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../platform/log.ts';
import type { MarkdownRenderer } from '../../platform/markdown/renderer.ts';
import type { Rendered, RenderedStore } from './store.ts';

/** A start, or a flood of slow answers, has the machine for itself first. */
const BEGIN_AFTER_MS = 2000;
/** So many messages are looked through in one statement, which takes a millisecond. */
const MESSAGES_AT_ONCE = 500;
/** It works for one part in this many of its time, and pauses for the rest. */
const SHARE = 5;
const MIN_PAUSE_MS = 20;
const AFTER_ALL_IDS = '~';

type Deps = {
  store: RenderedStore;
  renderer: MarkdownRenderer;
  keep(rendered: Rendered): void;
  log: Log;
};

/**
 * Renders answers that have no HTML of this version: those from before an upgrade, those of a crash, those that took
 * too long at their end. Newest first, in small steps with pauses; what is done is stored, so the next start goes on.
 */
export function createBackfill({ store, renderer, keep, log }: Deps) {
  const stopped = new AbortController();
  let isRunning = false;
  let isWanted = false;

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (isWanted) {
        isWanted = false;
        await pause(BEGIN_AFTER_MS);
        for (let next: string | null = AFTER_ALL_IDS; next !== null;) next = await fillBefore(next);
      }
    } catch (error) {
      if (!stopped.signal.aborted) log.error('answers could not be rendered', { cause: String(error) });
    } finally {
      isRunning = false;
    }
  }

  async function fillBefore(before: string): Promise<string | null> {
    const begun = performance.now();
    const { ids, next } = await store.missing(before, MESSAGES_AT_ONCE);
    await pauseAfter(begun);
    for (const id of ids) await fill(id);
    return next;
  }

  async function fill(id: string): Promise<void> {
    const begun = performance.now();
    const content = await store.findContent(id);
    if (content === undefined) return;
    const html = await renderer.render(content, 'background');
    if (stopped.signal.aborted) return;
    // A failure is stored too, so that no view tries again.
    keep({ id, sourceLength: content.length, html: html ?? null });
    await pauseAfter(begun);
  }

  const pauseAfter = (begun: number) =>
    pause(Math.max(MIN_PAUSE_MS, (SHARE - 1) * (performance.now() - begun)));
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopped.signal, ref: false });

  return {
    start(): void {
      isWanted = true;
      if (!isRunning) void run();
    },
    stop: () => stopped.abort(),
  };
}
