import type { MarkdownIt, StateBlock } from 'markdown-it';
import { escapeHtml } from '../text.ts';
import { PLAIN_CLOSE, PLAIN_OPEN } from './plain.ts';

/** Lists and quotes deeper than this are shown as they were written; people stay below 10. */
export const MAX_NESTING = 40;

/** markdown-it drops what is nested too deeply, and all that follows it: here it stays, as plain text. */
export function keepDeepText(md: MarkdownIt): void {
  const tokenize = md.block.tokenize.bind(md.block);
  md.block.tokenize = (state, startLine, endLine) => {
    if (state.level < MAX_NESTING) return tokenize(state, startLine, endLine);
    const first = state.skipEmptyLines(startLine);
    const end = endOfContainer(state, first, endLine);
    state.line = Math.max(first, end);
    if (end <= first) return;
    const token = state.push('deep_text', 'div', 0);
    token.content = state.getLines(first, end, state.blkIndent, false).trim();
    token.map = [first, end];
  };
  md.renderer.rules['deep_text'] = (tokens, index) =>
    `${PLAIN_OPEN}${escapeHtml(tokens[index]?.content ?? '')}${PLAIN_CLOSE}\n`;
}

/** The line at which the innermost list or quote ends: one with text that is indented less. */
function endOfContainer(state: StateBlock, first: number, endLine: number): number {
  let line = first;
  while (line < endLine && (state.isEmpty(line) || (state.sCount[line] ?? 0) >= state.blkIndent)) line += 1;
  return line;
}
