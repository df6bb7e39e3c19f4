import markdownIt, { type MarkdownIt, type Options } from 'markdown-it';
import { addCode } from './code.ts';
import { addHeadings, addLinks, addTables, addTasks } from './elements.ts';
import { addMath } from './math.ts';
import { keepDeepText, MAX_NESTING } from './nesting.ts';

/**
 * Link definitions seen so far, and what formulas and coloured code have cost so far; one for each text. A budget that
 * is not given is the standard one.
 */
export type MarkdownEnv = {
  references?: Record<string, { title: string; href: string }>;
  mathSpent?: number;
  codeSpent?: number;
  mathBudget?: number;
  codeBudget?: number;
};

/**
 * A Markdown parser for untrusted text: HTML is shown as text, a line break stays a line break as in every chat,
 * and everything that its renderer writes is free of inline styles, of ids and of anything that loads by itself.
 */
export function createParser(): MarkdownIt {
  // `maxNesting` is documented but missing in the types.
  const options: Options & { maxNesting: number } = {
    html: false,
    linkify: true,
    breaks: true,
    maxNesting: MAX_NESTING,
  };
  const md = markdownIt(options);
  for (const add of [addLinks, addHeadings, addTables, addTasks, addMath, addCode, keepDeepText]) add(md);
  return md;
}
