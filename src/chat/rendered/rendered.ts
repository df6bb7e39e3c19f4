import { RENDERER_VERSION } from '../../lib/markdown/markdown.ts';
import type { Db } from '../../platform/db/db.ts';
import type { Log } from '../../platform/log.ts';
import type { MarkdownRenderer, Patience } from '../../platform/markdown/renderer.ts';
import { createBackfill } from './backfill.ts';
import { createRenderedStore, type Rendered, type StoredHtml } from './store.ts';

/** What has been rendered is stored together this often; a crash before that costs the work, which is done again. */
const STORE_EVERY_MS = 500;
/** How many answers that took too long are remembered, and how long: not each view tries them again. */
const MAX_REMEMBERED = 1000;
const REMEMBERED_MS = 10 * 60_000;

type Answer = { id: string; content: string };
export type HtmlOptions = {
  /** What the database has of it, when that was read with the answer. */
  stored?: StoredHtml | undefined;
  patience?: 'quick' | 'thorough';
  /** Gives up waiting; the work goes on for others. */
  signal?: AbortSignal | undefined;
};
type Deps = { db: Db; renderer: MarkdownRenderer; log: Log; now: () => number };

/**
 * The HTML of answers that are over, rendered once and stored. A view renders what is missing but stores nothing; what
 * was missed, or is of an older version of the renderer, is made up for in the background.
 */
export function createRenderedAnswers({ db, renderer, log, now }: Deps) {
  const store = createRenderedStore(db, RENDERER_VERSION);
  const unstored = new Map<string, Rendered>();
  const running = new Map<string, Promise<string | undefined>>();
  const tooSlow = new Map<string, number>();
  let clock: NodeJS.Timeout | undefined;
  let isClosing = false;
  const backfill = createBackfill({ store, renderer, keep, log });

  /** The HTML, or null when it takes too long: the answer is shown as plain text. */
  async function htmlOf(answer: Answer, options: HtmlOptions = {}): Promise<string | null> {
    const { id, content } = answer;
    const { patience = 'quick', signal } = options;
    const isCurrent = (one: StoredHtml | undefined) => one?.sourceLength === content.length;
    const known = [unstored.get(id), options.stored ?? (await store.find(id))].find(isCurrent);
    if (known && (known.html !== null || patience === 'quick')) return known.html;
    if (patience === 'quick' && (tooSlow.get(id) ?? 0) > now()) return null;
    const work = render(answer, patience);
    return (await (signal ? orAborted(work, signal) : work)) ?? null;
  }

  /** Several who ask for the same at the same time share the work. */
  function render({ id, content }: Answer, patience: Patience): Promise<string | undefined> {
    const key = `${id} ${content.length} ${patience}`;
    const known = running.get(key);
    if (known) return known;
    const work = renderer.render(content, patience).finally(() => running.delete(key));
    running.set(key, work);
    return work.then((html) => {
      if (html === undefined) remember(id);
      return html;
    });
  }

  function remember(id: string): void {
    tooSlow.set(id, now() + REMEMBERED_MS);
    const [oldest] = tooSlow.keys();
    if (tooSlow.size > MAX_REMEMBERED && oldest !== undefined) tooSlow.delete(oldest);
  }

  function keep(rendered: Rendered): void {
    unstored.set(rendered.id, rendered);
    clock ??= setTimeout(() => void flush(), STORE_EVERY_MS).unref();
  }

  /** What cannot be stored now is rendered again in the background: nothing waits for it. */
  async function flush(): Promise<void> {
    clearTimeout(clock);
    clock = undefined;
    const list = [...unstored.values()];
    if (list.length === 0) return;
    try {
      await store.keep(list);
    } catch (error) {
      log.error('rendered answers could not be stored', { answers: list.length, cause: String(error) });
    }
    for (const one of list) if (unstored.get(one.id) === one) unstored.delete(one.id);
  }

  return {
    htmlOf,
    /** Has an answer that has just ended rendered and stored. Never throws. */
    async add(answer: Answer): Promise<void> {
      if (isClosing || answer.content === '') return;
      const html = await render(answer, 'quick').catch(() => undefined);
      if (html === undefined) return backfill.start();
      keep({ id: answer.id, sourceLength: answer.content.length, html });
    },
    /** A text that grows, as far as it is; undefined when that takes too long. */
    growing: (text: string) => renderer.renderGrowing(text),
    /** Looks for answers without HTML in the background. */
    fill: () => backfill.start(),
    /** From now on what ends is left to the next start. */
    close(): void {
      isClosing = true;
      backfill.stop();
    },
    flush,
  };
}

/** What the work gives; undefined when the signal is aborted before. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let giveUp = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', giveUp));
}

export type RenderedAnswers = ReturnType<typeof createRenderedAnswers>;
