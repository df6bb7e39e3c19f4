import { createMarkdownStream } from './stream.ts';

/** A text that still grows: its finished blocks, the open one, where that begins in the text, and how far it goes. */
export type GrowingHtml = { blocks: string; tail: string; openStart: number; position: number };

/** Renders a text as far as it is, to the state that the events of its stream continue from. */
export function growingHtml(text: string): GrowingHtml {
  const stream = createMarkdownStream();
  stream.push(text);
  while (!stream.isCurrent()) stream.advance();
  const { blocks, tailHtml, openStart, position } = stream.snapshot();
  return { blocks: blocks.map(({ html }) => html).join(''), tail: tailHtml, openStart, position };
}
