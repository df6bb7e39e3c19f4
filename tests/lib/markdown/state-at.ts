import type { StreamLimits } from '../../../src/lib/markdown/limits.ts';
import { createMarkdownStream } from '../../../src/lib/markdown/stream.ts';
import { normalizeText } from '../../../src/lib/text.ts';

/**
 * What a reader has whose last event had the id `position`, for a text that has grown at least that far; undefined
 * when this text cannot have given that id.
 * Renders the text from its start, so it needs no memory of how the text came.
 */
export function stateAt(
  text: string,
  position: number,
  limits?: StreamLimits,
): { blocksHtml: string[]; openStart: number; tailHtml: string } | undefined {
  const whole = normalizeText(text);
  if (position === 0) return { blocksHtml: [], openStart: 0, tailHtml: '' };
  const isBlock = whole[position - 1] === '\n';
  const stream = createMarkdownStream(limits);
  stream.push(isBlock ? whole : whole.slice(0, position));
  stream.end();
  while (!stream.isCurrent()) stream.advance();
  const { blocks, openStart, tailHtml, position: reached } = stream.snapshot();
  if (!isBlock)
    return reached === position
      ? { blocksHtml: blocks.map(({ html }) => html), openStart, tailHtml }
      : undefined;
  const count = blocks.findIndex(({ end }) => end === position) + 1;
  if (count === 0) return undefined;
  return { blocksHtml: blocks.slice(0, count).map(({ html }) => html), openStart: position, tailHtml: '' };
}
