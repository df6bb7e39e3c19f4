import { createRequire } from 'node:module';
import type { HLJSApi } from 'highlight.js';
import type { MarkdownIt, Token } from 'markdown-it';
import type { MarkdownEnv } from './parser.ts';
import { escapeHtml } from '../text.ts';

/**
 * What one text may spend on colours, in characters; later blocks stay plain. highlight.js takes 0.3 µs a character on
 * ordinary code and 1 to 5 µs on the worst that a search over all its languages found.
 */
const CODE_BUDGET = 40_000;
/** Two languages by the names of highlight.js whose worst case grows with the square: what a character costs there. */
const DEAR_LANGUAGES = new Map([
  ['Shell Session', 20],
  ['TOML, also INI', 4],
]);
const MAX_LABEL_LENGTH = 24;

/** An open block is coloured in parts of about this size, so that its growth costs the last part only. */
const PART_LENGTH = 600;
/** Some 10 kB each; enough for 100 streams that write code at the same time. */
const KEPT_PARTS = 400;

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

/** Code without a language is called `text`, as it would be after its fence: a name in every language, no word. */
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

  function inParts(code: string, language: string): string {
    let html = '';
    let start = 0;
    for (let end = partEnd(code, 0); end !== -1; start = end, end = partEnd(code, start)) {
      const part = code.slice(start, end);
      const key = `${language}\n${part}`;
      const known = kept.get(key) ?? whole(part, language);
      kept.delete(key);
      kept.set(key, known);
      html += known;
    }
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_PARTS) break;
      kept.delete(oldest);
    }
    return html + whole(code.slice(start), language);
  }

  /** Undefined when the code stays without colours, and will as it grows. */
  return (code: string, name: string, closed: boolean, env: MarkdownEnv): string | undefined => {
    const language = name.toLowerCase();
    if (!/^[\w+#-]{1,24}$/.test(language) || !isAffordable(code)) return undefined;
    hljs ??= tamed(require('highlight.js/lib/common') as HLJSApi);
    const known = hljs.getLanguage(language);
    if (known === undefined) return undefined;
    env.codeSpent = (env.codeSpent ?? 0) + code.length * (DEAR_LANGUAGES.get(known.name ?? '') ?? 1);
    if (env.codeSpent > (env.codeBudget ?? CODE_BUDGET)) return undefined;
    return closed ? whole(code, language) : inParts(code, language);
  };
}

/**
 * Where the part that begins at `start` ends: after a blank line if there is one soon, else after a line; -1 while it
 * is open. A comment over the end of a part has the wrong colour until the block is closed and coloured as a whole.
 */
function partEnd(code: string, start: number): number {
  const blank = code.indexOf('\n\n', start + PART_LENGTH);
  if (blank !== -1 && blank < start + 2 * PART_LENGTH) return blank + 2;
  // Until a blank line cannot come soon enough any more, the part is open.
  return code.length < start + 2 * PART_LENGTH
    ? -1
    : code.indexOf('\n', start + 2 * PART_LENGTH - 1) + 1 || -1;
}

const LONGEST_LINE = 500;
const LONGEST_RUN = 400;

/** Very long lines and endless runs of words make the patterns of several languages quadratic; people write neither. */
function isAffordable(code: string): boolean {
  if (code.length > CODE_BUDGET) return false;
  for (let start = 0, end = 0; end !== -1; start = end + 1) {
    end = code.indexOf('\n', start);
    if ((end === -1 ? code.length : end) - start > LONGEST_LINE) return false;
  }
  // Each match is a whole run, so this stays linear where `{400}` would start again at every character.
  for (const [run] of code.matchAll(/[\w$\s]+/g)) if (run.length > LONGEST_RUN) return false;
  return true;
}

/** The pattern for a C# method takes cubic time on `a<b>` line after line (56 s for 20 kB); bounds make it linear. */
function tamed(hljs: HLJSApi): HLJSApi {
  for (const mode of hljs.getLanguage('csharp')?.contains ?? []) {
    if (mode === 'self' || mode.className !== 'function' || typeof mode.begin !== 'string') continue;
    mode.begin = mode.begin.replace('\\s+)+', '\\s+){1,6}').replace('<[^=]+>', '<[^=(]{1,200}>');
  }
  return hljs;
}
