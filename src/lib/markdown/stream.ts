import { appendableTail, type AppendableTail } from './append.ts';
import { finishedStarts } from './blocks.ts';
import { envFrom, visibleEnd, type Before, type Definition } from './catch-up.ts';
import type { MarkdownEnv } from './parser.ts';
import { sharedParser } from './markdown.ts';
import { commonPrefixLength, createTextIntake } from '../text.ts';

export { catchUp } from './catch-up.ts';

/** A finished top-level block: `text.slice(start, end)` and its HTML. */
export type Block = { start: number; end: number; html: string };

/**
 * `block` is finished and to be appended, the open block is empty then; its id is where the next block begins, after
 * a line end. `tail` changes the HTML of the open block: `keep` UTF-16 units of it stay; its id is the place after a
 * visible character. So an id says what its reader has: everything is a function of the text up to it.
 */
export type StreamEvent =
  { type: 'block'; id: number; html: string } | { type: 'tail'; id: number; keep: number; html: string };

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
};

export type MarkdownStream = ReturnType<typeof createMarkdownStream>;

/**
 * Renders a text that grows. `push` takes pieces of any size and cut, `advance` renders what is new since the last
 * time and returns the events for those who had everything before; its cost grows with the open block only.
 */
export function createMarkdownStream() {
  const md = sharedParser();
  const intake = createTextIntake();
  const blocks: Block[] = [];
  const definitions: Definition[] = [];
  const known: NonNullable<MarkdownEnv['references']> = {};
  const before: Before[] = [{ definitions: 0, mathSpent: 0, codeSpent: 0 }];
  let text = '';
  let position = 0;
  let openStart = 0;
  let tailHtml = '';
  let appendable: AppendableTail | undefined;

  function envOfOpenBlock(): MarkdownEnv {
    return envFrom(known, before.at(-1));
  }

  function finishBlocks(starts: number[]): StreamEvent[] {
    return starts.map((end) => {
      const env = envOfOpenBlock();
      const html = md.render(text.slice(openStart, end), env);
      for (const [label, reference] of Object.entries(env.references ?? {})) {
        definitions.push([label, reference]);
        known[label] = reference;
      }
      before.push({
        definitions: definitions.length,
        mathSpent: env.mathSpent ?? 0,
        codeSpent: env.codeSpent ?? 0,
      });
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

  function advance(): StreamEvent[] {
    const end = visibleEnd(text, position);
    if (end <= position) return [];
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
    snapshot: (): StreamSnapshot => ({
      ...{ text, position, openStart, tailHtml },
      ...{ blocks: [...blocks], before: [...before], definitions: [...definitions] },
    }),
  };
}
