import { finishedStarts } from './blocks.ts';
import type { MarkdownEnv } from './parser.ts';
import type { StreamEvent, StreamSnapshot } from './stream.ts';
import { sharedParser } from './markdown.ts';
import { commonPrefixLength } from '../text.ts';

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
  const events: StreamEvent[] = missing.map(({ end, html }) => ({ type: 'block', id: end, html }));
  const tailHtml = missing.length > 0 ? '' : had.tailHtml;
  if (tailHtml === snapshot.tailHtml) return events;
  const keep = commonPrefixLength(tailHtml, snapshot.tailHtml);
  return [...events, { type: 'tail', id: snapshot.position, keep, html: snapshot.tailHtml.slice(keep) }];
}

/** A block is finished at the latest when the second block after it has a line; tables and definitions add one each. */
const BLOCKS_LOOKED_BACK = 5;

function readerAt(
  snapshot: StreamSnapshot,
  position: number,
): { openStart: number; tailHtml: string } | undefined {
  const { text, blocks } = snapshot;
  if (position === 0 || position === snapshot.openStart) return { openStart: position, tailHtml: '' };
  if (position === snapshot.position) return snapshot;
  if (!(position > 0 && position < snapshot.position) || !Number.isInteger(position)) return undefined;
  if (text[position - 1] === '\n') {
    return blocks.some(({ end }) => end === position) ? { openStart: position, tailHtml: '' } : undefined;
  }
  if (visibleEnd(text.slice(0, position), 0) !== position) return undefined;

  const md = sharedParser();
  const inside = blocks.findIndex(({ end }) => end > position);
  const first = Math.max(0, (inside === -1 ? blocks.length : inside) - BLOCKS_LOOKED_BACK);
  const from = blocks[first]?.start ?? snapshot.openStart;
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

/** The end of what can be seen: white space at the end says nothing yet, and half a character is none. */
export function visibleEnd(text: string, from: number): number {
  let end = text.length;
  while (end > from && ' \t\n'.includes(text.charAt(end - 1))) end -= 1;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

/** A fresh environment for one rendering: the definitions it adds are its own, those of the text before it shine through. */
export function envFrom(known: References, before: Before | undefined): MarkdownEnv {
  const references = Object.create(known) as References;
  return { references, mathSpent: before?.mathSpent ?? 0, codeSpent: before?.codeSpent ?? 0 };
}
