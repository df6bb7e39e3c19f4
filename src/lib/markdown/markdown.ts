import type { MarkdownIt } from 'markdown-it';
import { createParser } from './parser.ts';
import { normalizeText } from '../text.ts';

/**
 * Says which HTML `renderMarkdown` makes. It is stored with what is rendered, and what has another number is rendered
 * again: raise it with every change that changes the HTML of any text, also when markdown-it, highlight.js or KaTeX
 * change it. A test compares the HTML of a long sample.
 */
export const RENDERER_VERSION = 1;

// The parser holds no state between texts and takes 1 ms to build; one for the process is enough.
let parser: MarkdownIt | undefined;

/** The one Markdown parser of this process, built at its first use. */
export function sharedParser(): MarkdownIt {
  parser ??= createParser();
  return parser;
}

/**
 * Turns Markdown of any origin into HTML that is safe to put into a page: no raw HTML passes, links are http, https or
 * mailto, images become links, nothing loads, no inline style, no id and no word of any language. Time grows with
 * the length of the text: about 20 ms for 100 kB, half a second for the worst; longer ones belong in a worker thread.
 */
export function renderMarkdown(source: string): string {
  return sharedParser().render(normalizeText(source), {});
}
