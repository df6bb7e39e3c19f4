import { createRequire } from 'node:module';
import type katexModule from 'katex';
import { escapeHtml } from '../text.ts';

/** Longest formula in characters; KaTeX takes 5 µs a character, so 20 ms at most for one formula. */
const MAX_FORMULA_LENGTH = 4000;
const CACHED_FORMULAS = 300;
const MAX_CACHED_LENGTH = 400;

/** A definition may be long and be used often, which multiplies the size of the result before any expansion limit. */
const DEFINES_MACRO =
  /\\(?:[gex]?def|let|futurelet|(?:re|provide)?newcommand|renewcommand|providecommand)(?![a-zA-Z])/;

type Katex = typeof katexModule;

/**
 * Makes the function that turns TeX into MathML. A formula that cannot be read, is too long or defines macros comes
 * back as its source. KaTeX (14 ms to load) is loaded with the first formula; a few recent results are kept, because
 * a growing paragraph is rendered again and again.
 */
export function createFormulaRenderer() {
  const require = createRequire(import.meta.url);
  const recent = new Map<string, string>();
  let katex: Katex | undefined;

  function typeset(tex: string, displayMode: boolean): string {
    if (tex.length > MAX_FORMULA_LENGTH || DEFINES_MACRO.test(tex)) return formulaSource(tex);
    try {
      katex ??= require('katex') as Katex;
      const html = katex.renderToString(tex, {
        output: 'mathml',
        displayMode,
        trust: false,
        strict: 'ignore',
        throwOnError: true,
        maxExpand: 1000,
        maxSize: 20,
        // An object of its own each time: `\gdef` writes into it.
        macros: {},
      });
      // A few commands write inline styles, which the content policy refuses. Text is escaped, so this meets tags only.
      return html.replace(/ style="[^"]*"/g, '');
    } catch {
      // Unfinished or wrong TeX is ordinary in an answer that grows; so is its source as the result.
      return formulaSource(tex);
    }
  }

  return (tex: string, displayMode: boolean): string => {
    const key = (displayMode ? 'd' : 'i') + tex;
    const known = recent.get(key);
    if (known !== undefined) return known;
    const html = typeset(tex, displayMode);
    if (tex.length <= MAX_CACHED_LENGTH) {
      for (const oldest of recent.keys()) {
        if (recent.size < CACHED_FORMULAS) break;
        recent.delete(oldest);
      }
      recent.set(key, html);
    }
    return html;
  };
}

/** A formula as its source, for everything that is not typeset. */
export function formulaSource(tex: string): string {
  return `<code class="math-source">${escapeHtml(tex)}</code>`;
}
