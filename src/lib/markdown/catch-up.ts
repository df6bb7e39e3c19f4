import { finishedStarts } from './blocks.ts';
import type { MarkdownEnv } from './parser.ts';
import type { Block, Cut, PlainFrom, StreamEvent, StreamSnapshot } from './stream.ts';
import { sharedParser } from './markdown.ts';
import { commonPrefixLength, escapeHtml } from '../text.ts';
import { PLAIN_CLOSE, PLAIN_OPEN } from './plain.ts';
import { visibleEnd } from './visible-end.ts';
import { weigh } from './weight.ts';

type References = NonNullable<MarkdownEnv['references']>;
export type Definition = [label: string, reference: References[string]];
/** What the rendering of a block needs to know of the text before it. */
export type Before = { definitions: number; mathSpent: number; codeSpent: number };

/**
 * The events that bring a reader from the id `position` (0: nothing yet) to the snapshot; undefined when the snapshot
 * cannot have given that id, and the reader has to start anew.
 */
export function catchUp(snapshot: StreamSnapshot, position: number): StreamEvent[] | undefined {
  const had = readerAt(snapshot, position);
  if (had === undefined) return undefined;
  const missing = snapshot.blocks.filter(({ start }) => start >= had.openStart);
  const events = joined(missing);
  const tailHtml = missing.length > 0 ? '' : had.tailHtml;
  if (tailHtml === snapshot.tailHtml) return events;
  const keep = commonPrefixLength(tailHtml, snapshot.tailHtml);
  return [...events, { type: 'tail', id: snapshot.position, keep, html: snapshot.tailHtml.slice(keep) }];
}

/** Where the block begins that is open for a reader who has the id `position`; undefined as for `catchUp`. */
export const openBlockAt = (snapshot: StreamSnapshot, position: number): number | undefined =>
  readerAt(snapshot, position)?.openStart;

/** Blocks as events of a handy size: a reader from the start of a long text would get thousands of small ones. */
function joined(blocks: readonly Block[]): StreamEvent[] {
  const events: (StreamEvent & { type: 'block' })[] = [];
  for (const { end, html } of blocks) {
    const last = events.at(-1);
    if (last && last.html.length + html.length <= HANDY_LENGTH) {
      const cuts: Cut[] = [...(last.cuts ?? []), [last.id, last.html.length]];
      Object.assign(last, { id: end, html: last.html + html, cuts });
    } else events.push({ type: 'block', id: end, html });
  }
  return events;
}

const HANDY_LENGTH = 32_000;
/** A reader whose place takes more than this to be worked out, in units of weight, starts anew. */
const MAX_WORKED_OUT = 40_000;
/** A block is finished at the latest when the second block after it has a line; tables and definitions add one each. */
const BLOCKS_LOOKED_BACK = 5;

function readerAt(
  snapshot: StreamSnapshot,
  position: number,
): { openStart: number; tailHtml: string } | undefined {
  const { text, blocks, plainFrom } = snapshot;
  if (position === 0 || position === snapshot.openStart) return { openStart: position, tailHtml: '' };
  if (position === snapshot.position) return snapshot;
  if (!(position > 0 && position < snapshot.position) || !Number.isInteger(position)) return undefined;
  if (text[position - 1] === '\n') {
    return blocks.some(({ end }) => end === position) ? { openStart: position, tailHtml: '' } : undefined;
  }
  if (visibleEnd(text.slice(0, position), 0) !== position) return undefined;
  if (plainFrom && position >= plainFrom.at) return plainAt(plainFrom, text.slice(plainFrom.at, position));

  const md = sharedParser();
  const inside = blocks.findIndex(({ end }) => end > position);
  const first = Math.max(0, (inside === -1 ? blocks.length : inside) - BLOCKS_LOOKED_BACK);
  const from = blocks[first]?.start ?? snapshot.openStart;
  if (weigh(text, from, position) > MAX_WORKED_OUT) return undefined;
  const source = text.slice(from, position);
  const starts = finishedStarts(source, md.parse(source, envAt(snapshot, first)));
  const openStart = from + (starts.at(-1) ?? 0);
  const open = blocks.findIndex(({ start }) => start === openStart);
  if (open === -1 && openStart !== snapshot.openStart) return undefined;
  const env = envAt(snapshot, open === -1 ? blocks.length : open);
  return { openStart, tailHtml: md.render(text.slice(openStart, position), env) };
}

function envAt({ before, definitions }: StreamSnapshot, block: number): MarkdownEnv {
  return envFrom(Object.fromEntries(definitions.slice(0, before[block]?.definitions)), before[block]);
}

const plainAt = ({ start, html }: PlainFrom, plain: string) => ({
  openStart: start,
  tailHtml: plain === '' ? html : html + PLAIN_OPEN + escapeHtml(plain) + PLAIN_CLOSE,
});

/** Formulas and coloured code of a growing text, as in `parser.ts`: a block is coloured once more when it ends. */
const LIVE_BUDGET = 12_000;

/** A fresh environment for one rendering: the definitions it adds are its own, those of the text before it shine through. */
export function envFrom(known: References, before: Before | undefined): MarkdownEnv {
  const references = Object.create(known) as References;
  return {
    references,
    mathSpent: before?.mathSpent ?? 0,
    codeSpent: before?.codeSpent ?? 0,
    mathBudget: LIVE_BUDGET,
    codeBudget: LIVE_BUDGET,
  };
}
