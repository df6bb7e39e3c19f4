import { createRequire } from 'node:module';
import type { HLJSApi } from 'highlight.js';
import type { MarkdownIt, Token } from 'markdown-it';
import type { MarkdownEnv } from './markdown-parser.ts';
import { escapeHtml } from './text.ts';

/** highlight.js takes 10 to 25 µs a character on hostile text of this size, 2 µs on ordinary code. */
const MAX_HIGHLIGHTED_LENGTH = 50_000;
const CODE_BUDGET = 100_000;
const MAX_LABEL_LENGTH = 24;

/** An open block is coloured in steps of this size: what lies before is kept, only the rest is done again. */
const STEP = 2048;
const KEPT_STEPS = 32;

/**
 * Adds code blocks to a parser: a figure with the language as its caption. Colours come only for a language that
 * highlight.js knows by the name given; nothing is guessed. highlight.js (15 ms to load) is loaded with the first one.
 */
export function addCode(md: MarkdownIt): void {
  const colour = createHighlighter();
  md.renderer.rules.fence = (tokens, index, _options, env: MarkdownEnv) => {
    const token = tokens[index];
    if (token === undefined) return '';
    const name = md.utils.unescapeAll(token.info).trim().split(/\s+/, 1)[0] ?? '';
    const closed = isClosed(token);
    const coloured = colour(token.content, name, closed, env);
    if (coloured === undefined && !closed) token.meta = 'open and plain';
    return figure(name, coloured ?? escapeHtml(token.content));
  };
  md.renderer.rules.code_block = (tokens, index) => figure('', escapeHtml(tokens[index]?.content ?? ''));
}

function figure(name: string, html: string): string {
  const label = escapeHtml(Array.from(name).slice(0, MAX_LABEL_LENGTH).join('')) || 'text';
  const language = /^[\w+#-]{1,24}$/.test(name) ? ` language-${escapeHtml(name.toLowerCase())}` : '';
  return (
    `<figure class="code" data-language="${label}"><figcaption>${label}</figcaption>` +
    `<pre tabindex="0"><code class="hljs${language}">${html}</code></pre></figure>\n`
  );
}

/** A closed fence has one line more than its content and its opening line. */
function isClosed(token: Token): boolean {
  const [first, end] = token.map ?? [0, 0];
  const lines =
    token.content.split('\n').length - (token.content.endsWith('\n') || token.content === '' ? 1 : 0);
  return end - first === lines + 2;
}

function createHighlighter() {
  const require = createRequire(import.meta.url);
  const kept = new Map<string, string>();
  let hljs: HLJSApi | undefined;

  function whole(code: string, language: string): string {
    return hljs === undefined
      ? escapeHtml(code)
      : hljs.highlight(code, { language, ignoreIllegals: true }).value;
  }

  function stepwise(code: string, language: string): string {
    const cut = code.lastIndexOf('\n', Math.floor(code.length / STEP) * STEP) + 1;
    if (cut === 0) return whole(code, language);
    const key = `${language}\n${code.slice(0, cut)}`;
    const before = kept.get(key) ?? whole(code.slice(0, cut), language);
    kept.delete(key);
    kept.set(key, before);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_STEPS) break;
      kept.delete(oldest);
    }
    return before + whole(code.slice(cut), language);
  }

  /** Undefined when the code stays without colours, and will as it grows. */
  return (code: string, name: string, closed: boolean, env: MarkdownEnv): string | undefined => {
    const language = name.toLowerCase();
    if (!/^[\w+#-]{1,24}$/.test(language) || !isAffordable(code)) return undefined;
    hljs ??= require('highlight.js/lib/common') as HLJSApi;
    if (hljs.getLanguage(language) === undefined) return undefined;
    env.codeSpent = (env.codeSpent ?? 0) + code.length;
    if (env.codeSpent > CODE_BUDGET) return undefined;
    return closed || code.length < STEP ? whole(code, language) : stepwise(code, language);
  };
}

/** Very long lines and endless runs of words make the patterns of several languages quadratic; people write neither. */
function isAffordable(code: string): boolean {
  return code.length <= MAX_HIGHLIGHTED_LENGTH && !/[^\n]{500}|[\w$\s]{400}/.test(code);
}
