import { commonPrefixLength, createTextIntake, escapeHtml } from '../text.ts';
import { appendableTail, type AppendableTail } from './append.ts';
import { finishedStarts } from './blocks.ts';
import { envFrom, type Before, type Definition } from './catch-up.ts';
import { createLimits, standardLimits, type StreamLimits } from './limits.ts';
import { sharedParser } from './markdown.ts';
import type { MarkdownEnv } from './parser.ts';
import { PLAIN_CLOSE, PLAIN_OPEN } from './plain.ts';
import { visibleEnd } from './visible-end.ts';

export { catchUp, openBlockAt } from './catch-up.ts';

/** A finished top-level block: `text.slice(start, end)` and its HTML. */
export type Block = { start: number; end: number; html: string };

/**
 * `block` is finished and to be appended, the open block is empty then; its id is where the next block begins, after
 * a line end. `tail` changes the HTML of the open block: `keep` UTF-16 units of it stay; its id is the place after a
 * visible character. So an id says what its reader has: everything is a function of the text up to it.
 */
export type StreamEvent =
  | { type: 'block'; id: number; html: string; cuts?: Cut[] }
  | { type: 'tail'; id: number; keep: number; html: string };

/** Inside a block event that stands for several: who has the id `0` already has the first `1` UTF-16 units of its HTML. */
export type Cut = [id: number, length: number];

/** From `at` on, where its open block begins at `start`, the text is too dear to be rendered while it grows. */
export type PlainFrom = { start: number; at: number; html: string };

/** All that is known of a growing text after an `advance`. */
export type StreamSnapshot = {
  text: string;
  position: number;
  blocks: readonly Block[];
  openStart: number;
  tailHtml: string;
  /** For `catchUp` alone. */
  before: readonly Before[];
  definitions: readonly Definition[];
  plainFrom: PlainFrom | undefined;
};

export type MarkdownStream = ReturnType<typeof createMarkdownStream>;

/**
 * Renders a text that grows. `push` takes pieces of any size and cut; `advance` renders the next step of what is new
 * and returns the events for those who had everything before. Its cost is bounded by `limits`: a text that is too dear
 * goes on as plain text from a place that depends on the text alone.
 */
export function createMarkdownStream(limits: StreamLimits = standardLimits) {
  const md = sharedParser();
  const intake = createTextIntake();
  const blocks: Block[] = [];
  const definitions: Definition[] = [];
  const known: NonNullable<MarkdownEnv['references']> = {};
  const before: Before[] = [{ definitions: 0, mathSpent: 0, codeSpent: 0 }];
  const limit = createLimits(limits);
  let text = '';
  let position = 0;
  let openStart = 0;
  let tailHtml = '';
  let appendable: AppendableTail | undefined;
  let plainFrom: PlainFrom | undefined;

  const envOfOpenBlock = () => envFrom(known, before.at(-1));

  function finishBlocks(starts: number[]): StreamEvent[] {
    return starts.map((end) => {
      const env = envOfOpenBlock();
      const html = md.render(text.slice(openStart, end), env);
      for (const [label, reference] of Object.entries(env.references ?? {})) {
        definitions.push([label, reference]);
        known[label] = reference;
      }
      const { mathSpent = 0, codeSpent = 0 } = env;
      before.push({ definitions: definitions.length, mathSpent, codeSpent });
      blocks.push({ start: openStart, end, html });
      openStart = end;
      return { type: 'block', id: end, html };
    });
  }

  function changeTail(html: string, keep: number): StreamEvent[] {
    const changed = html.length !== tailHtml.length || keep !== html.length;
    tailHtml = html;
    return changed ? [{ type: 'tail', id: position, keep, html: html.slice(keep) }] : [];
  }

  function renderTo(end: number): StreamEvent[] {
    const added = text.slice(position, end);
    position = end;
    if (appendable?.accepts(added)) {
      const keep = tailHtml.length - appendable.suffix.length;
      return changeTail(tailHtml.slice(0, keep) + appendable.escape(added) + appendable.suffix, keep);
    }
    let source = text.slice(openStart, end);
    let env = envOfOpenBlock();
    let tokens = md.parse(source, env);
    const starts = finishedStarts(source, tokens).map((start) => start + openStart);
    const events = finishBlocks(starts);
    if (starts.length > 0) {
      tailHtml = '';
      source = text.slice(openStart, end);
      env = envOfOpenBlock();
      tokens = md.parse(source, env);
    }
    const html = md.renderer.render(tokens, md.options, env);
    appendable = appendableTail(md, { source, tokens, html });
    return [...events, ...changeTail(html, commonPrefixLength(tailHtml, html))];
  }

  function advance(): StreamEvent[] {
    const end = visibleEnd(text, position);
    if (end <= position) return [];
    if (!plainFrom) {
      const last = limit.plainAfter(text, openStart);
      const events = position < last ? renderTo(Math.min(end, last, limit.stepFrom(text, position))) : [];
      if (position < last || position === end) return events;
      // The blocks that end here are finished: whether the open one is too long does not depend on how the text came.
      if (limit.plainAfter(text, openStart) > position) return events;
      plainFrom = { start: openStart, at: position, html: tailHtml };
      if (events.length > 0) return events;
    }
    return appendPlain(plainFrom, end);
  }

  function appendPlain({ at, html }: PlainFrom, end: number): StreamEvent[] {
    const isFirst = position === at;
    const keep = isFirst ? html.length : tailHtml.length - PLAIN_CLOSE.length;
    const added = (isFirst ? PLAIN_OPEN : '') + escapeHtml(text.slice(position, end)) + PLAIN_CLOSE;
    position = end;
    return changeTail(tailHtml.slice(0, keep) + added, keep);
  }

  return {
    push(piece: string): void {
      text += intake.accept(piece);
    },
    /** The text has ended: what was held back because it might have been half a character is text now. */
    end(): void {
      text += intake.end();
    },
    text: () => text,
    advance,
    /** Whether there is nothing visible left to advance to. */
    isCurrent: () => visibleEnd(text, position) <= position,
    position: () => position,
    snapshot: (): StreamSnapshot => ({
      text,
      position,
      openStart,
      tailHtml,
      blocks: [...blocks],
      before: [...before],
      definitions: [...definitions],
      plainFrom,
    }),
  };
}
