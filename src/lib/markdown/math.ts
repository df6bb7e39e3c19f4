import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';
import type { MarkdownEnv } from './parser.ts';
import { createFormulaRenderer, formulaSource } from './formula.ts';
import { escapeHtml } from '../text.ts';

/**
 * What one text may spend on formulas: each costs its length plus 20. 24 000 are some 400 ordinary formulas or 120 ms
 * in the worst case; those after that are shown as their source.
 */
const FORMULA_BUDGET = 24_000;
const COST_OF_ANY_FORMULA = 20;

const DOLLAR = 0x24;
const BACKSLASH = 0x5c;

/** `\[1\]` is an escaped bracket, `\[ x \]` and `\[x^2\]` are formulas. */
const LOOKS_LIKE_TEX = /[\\^_=]|^\s/;

/**
 * Adds formulas to a parser: `$…$` and `\(…\)` inline, `$$…$$` and `\[…\]` in a paragraph or as a block of their own.
 * A block ends with its closing mark, with a blank line or with the text, and one look at its first line decides that
 * it is one; so a later line never takes back what an earlier one began, which a growing text relies on.
 */
export function addMath(md: MarkdownIt): void {
  const typeset = createFormulaRenderer();
  md.inline.ruler.before('escape', 'math', createInlineRule());
  md.block.ruler.after('blockquote', 'math', mathBlock, {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  });

  const spend = (tex: string, displayMode: boolean, env: MarkdownEnv) => {
    env.mathSpent = (env.mathSpent ?? 0) + COST_OF_ANY_FORMULA + tex.length;
    return env.mathSpent > (env.mathBudget ?? FORMULA_BUDGET)
      ? formulaSource(tex)
      : typeset(tex, displayMode);
  };
  md.renderer.rules.math_inline = (tokens, index, _options, env: MarkdownEnv) => {
    const token = tokens[index];
    return token === undefined
      ? ''
      : spend(token.content, token.markup === '$$' || token.markup === '\\[', env);
  };
  md.renderer.rules.math_block = (tokens, index, _options, env: MarkdownEnv) => {
    const token = tokens[index];
    return token === undefined
      ? ''
      : `<div class="math-block" tabindex="0">${spend(token.content, true, env)}</div>\n`;
  };
  md.renderer.rules.math_open_end = (tokens, index) =>
    `<p class="math-pending">${escapeHtml(tokens[index]?.content ?? '')}</p>\n`;
}

function createInlineRule() {
  // Where the next closing mark of a kind stands in the text at hand; without it 50 000 × `\(` would be quadratic.
  let searched: { state: StateInline; next: Record<string, number> } | undefined;

  function findCloser(state: StateInline, closer: string, from: number): number {
    if (searched?.state !== state) searched = { state, next: {} };
    const known = searched.next[closer];
    if (known !== undefined && (known === -1 || known >= from)) return known;
    const found = indexOfUnescaped(state.src, closer, from);
    searched.next[closer] = found;
    return found;
  }

  return (state: StateInline, silent: boolean): boolean => {
    const open = openerAt(state);
    if (open === '') return false;
    const closer = open === '\\(' ? '\\)' : open === '\\[' ? '\\]' : open;
    const start = state.pos + open.length;
    const end = findCloser(state, closer, start);
    if (end === -1 || end + closer.length > state.posMax) return false;
    const tex = state.src.slice(start, end);
    if (!isFormula(open, tex, state.src.charCodeAt(end + closer.length))) return false;
    if (!silent) {
      const token = state.push('math_inline', 'math', 0);
      token.markup = open;
      token.content = tex;
    }
    state.pos = end + closer.length;
    return true;
  };
}

function openerAt(state: StateInline): string {
  const code = state.src.charCodeAt(state.pos);
  const next = state.src[state.pos + 1];
  if (code === BACKSLASH && (next === '(' || next === '[')) return `\\${next}`;
  if (code !== DOLLAR) return '';
  const before = state.src[state.pos - 1];
  // `US$5` and the middle of `$$$` do not open.
  if (before !== undefined && state.pos > 0 && /[\p{L}\p{N}$]/u.test(before)) return '';
  if (next !== '$') return '$';
  return state.src.charCodeAt(state.pos + 2) === DOLLAR ? '' : '$$';
}

function isFormula(open: string, tex: string, after: number): boolean {
  if (tex.trim() === '') return false;
  if (open === '\\[') return LOOKS_LIKE_TEX.test(tex);
  if (open !== '$') return true;
  // "costs $5 and $6" stays text: an inner space before the closing mark, or a letter or digit after it.
  return !/^\s|\s$/.test(tex) && !/[\p{L}\p{N}]/u.test(String.fromCharCode(after));
}

/** The first place from `from` on where `mark` stands without an odd number of backslashes before it; -1 if none. */
function indexOfUnescaped(text: string, mark: string, from: number): number {
  for (let at = text.indexOf(mark, from); at !== -1; at = text.indexOf(mark, at + 1)) {
    let first = at;
    while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((at - first) % 2 === 0) return at;
  }
  return -1;
}

function mathBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false;
  const first = lineText(state, startLine);
  const open = first.startsWith('$$') ? '$$' : first.startsWith('\\[') ? '\\[' : '';
  if (open === '') return false;
  const closer = open === '$$' ? '$$' : '\\]';
  const rest = first.slice(2);
  const closedAt = indexOfUnescaped(rest, closer, 0);
  if (closedAt === -1 ? rest.startsWith('$') || rest.includes('](') : !closesBlock(open, rest, closedAt))
    return false;
  if (silent) return true;

  let nextLine = startLine + 1;
  let content = closedAt === -1 ? rest : rest.slice(0, closedAt);
  let closed = closedAt !== -1;
  let after = '';
  for (; !closed && nextLine < endLine; nextLine += 1) {
    if (state.isEmpty(nextLine) || (state.sCount[nextLine] ?? 0) < state.blkIndent) break;
    const line = lineText(state, nextLine);
    const at = indexOfUnescaped(line, closer, 0);
    content += `\n${at === -1 ? line : line.slice(0, at)}`;
    closed = at !== -1;
    if (closed) after = line.slice(at + 2).trim();
  }
  state.line = nextLine;
  const token = state.push(closed ? 'math_block' : 'math_open_end', 'math', 0);
  token.content = closed ? content.trim() : open + content;
  token.map = [startLine, nextLine];
  if (after !== '') pushParagraph(state, after, nextLine - 1);
  return true;
}

function closesBlock(open: string, rest: string, closedAt: number): boolean {
  const tex = rest.slice(0, closedAt);
  if (rest.slice(closedAt + 2).trim() !== '' || tex.trim() === '') return false;
  return open === '$$' || LOOKS_LIKE_TEX.test(tex);
}

/** What stands behind a closing mark on its line, such as a full stop, stays visible. */
function pushParagraph(state: StateBlock, content: string, line: number): void {
  state.push('paragraph_open', 'p', 1);
  const inline = state.push('inline', '', 0);
  inline.content = content;
  inline.map = [line, line + 1];
  inline.children = [];
  state.push('paragraph_close', 'p', -1);
}

function lineText(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]).trimEnd();
}
