import type { MarkdownIt, Token } from 'markdown-it';
import { escapeHtml } from '../text.ts';

/** A rendered tail into which plain text can be put without parsing: before `suffix`, when `accepts` says so. */
export type AppendableTail = {
  suffix: string;
  accepts(added: string): boolean;
  escape(added: string): string;
};

const CLOSERS = new Set([
  'paragraph_close',
  'heading_close',
  'list_item_close',
  'bullet_list_close',
  'ordered_list_close',
  'blockquote_close',
]);

/** Words and marks that mean nothing in the middle of a line of Markdown that begins with a letter. */
const PLAIN_WORDS = /^[\p{L}\p{M}\p{N} ,.?!'"’“”„–—-]+$/u;
const PLAIN_LAST_WORD = /^[\p{L}\p{M}\p{N},.?!'’-]+$/u;

/**
 * Finds out whether more words can be appended to `html` (the rendering of `tokens`, the parse of `source`) with the
 * same result as rendering everything again. That saves most of the work of a growing paragraph; when in doubt, no.
 */
export function appendableTail(
  md: MarkdownIt,
  parsed: { source: string; tokens: Token[]; html: string },
): AppendableTail | undefined {
  return openWords(md, parsed) ?? openCode(parsed);
}

function openWords(
  md: MarkdownIt,
  { source, tokens, html }: { source: string; tokens: Token[]; html: string },
): AppendableTail | undefined {
  let last = tokens.length - 1;
  while (last >= 0 && CLOSERS.has(tokens[last]?.type ?? '')) last -= 1;
  const inline = tokens[last];
  const text = inline?.children?.at(-1);
  if (inline?.type !== 'inline' || text?.type !== 'text' || text.level !== 0) return undefined;
  // A quotation mark may be the end of the title of a link definition.
  if (source.includes(']:')) return undefined;
  // It has to be the text at the end of the source, in a line that its first letter makes ordinary.
  if (inline.map?.[1] !== source.split('\n').length) return undefined;
  if (!/^\p{L}/u.test(inline.content.slice(inline.content.lastIndexOf('\n') + 1).trimStart()))
    return undefined;
  const word = source.slice(Math.max(source.lastIndexOf(' '), source.lastIndexOf('\n')) + 1);
  if (!PLAIN_LAST_WORD.test(word) || !text.content.endsWith(word)) return undefined;
  const suffix = md.renderer.render(tokens.slice(last + 1), md.options, {});
  if (!html.endsWith(md.utils.escapeHtml(word) + suffix)) return undefined;
  return { suffix, accepts: (added) => PLAIN_WORDS.test(added), escape: md.utils.escapeHtml };
}

/** An open code block at the left margin that is shown without colours: only a fence could end it. */
function openCode({
  source,
  tokens,
  html,
}: {
  source: string;
  tokens: Token[];
  html: string;
}): AppendableTail | undefined {
  const fence = tokens.at(-1);
  const suffix = '</code></pre></figure>\n';
  if (fence?.type !== 'fence' || fence.level !== 0 || fence.meta !== 'open and plain') return undefined;
  // Below a first line with a `|` the second may still make a table of both.
  if (fence.info.includes('|') || fence.content === '' || !source.endsWith(fence.content)) return undefined;
  const openingEnd = source.length - fence.content.length - 1;
  // An indented fence takes its indent from every line.
  const atMargin = source.startsWith(fence.markup, source.lastIndexOf('\n', openingEnd - 1) + 1);
  if (!atMargin || !html.endsWith(suffix)) return undefined;
  return { suffix, accepts: (added) => !/[`~]/.test(added), escape: escapeHtml };
}
