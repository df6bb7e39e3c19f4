import type { MarkdownIt, Token } from 'markdown-it';
import { escapeHtml } from '../text.ts';

const WEB_URL = /^https?:\/\//i;
const LINKABLE = /^(?:https?:\/\/|mailto:)/i;
const LINK_RELATION = 'noopener noreferrer nofollow';

/** Longest URL that is found in plain text; patterns for longer ones grow with the square of the length. */
const MAX_FOUND_URL = 1000;

/** The page has one `h1` and each message an `h2`; models begin with `#` or `##` alike, so both become `h3`. */
const HIGHEST_HEADING = 3;
const HEADING_SHIFT = 1;

/** Only http, https and mailto become links; whatever else stays as it was written. Images never load anything. */
export function addLinks(md: MarkdownIt): void {
  md.validateLink = (url) => LINKABLE.test(url);
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  // The rule over whole paragraphs would find bare host names, and makes links of `main.rs` and `setup.py`.
  md.core.ruler.disable('linkify');
  const matchAtStart = md.linkify.matchAtStart.bind(md.linkify);
  md.linkify.matchAtStart = (text) => {
    const match = matchAtStart(text.slice(0, MAX_FOUND_URL));
    return match !== null && match.lastIndex < MAX_FOUND_URL ? match : null;
  };

  md.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    const token = tokens[index];
    if (token !== undefined && WEB_URL.test(String(token.attrGet('href')))) {
      token.attrSet('target', '_blank');
      token.attrSet('rel', LINK_RELATION);
    }
    return self.renderToken(tokens, index, options);
  };
  md.core.ruler.push('images_in_links', (state) => state.tokens.forEach(markImagesInLinks));
  md.renderer.rules.image = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token === undefined) return '';
    const alt = escapeHtml(self.renderInlineAsText(token.children ?? [], options, env).trim());
    const source = placeOf(String(token.attrGet('src')), token.meta === 'in link');
    return `<span class="external-image">${[alt, source].filter((part) => part !== '').join(' ')}</span>`;
  };
}

function markImagesInLinks(block: Token): void {
  let depth = 0;
  for (const token of block.children ?? []) {
    if (token.type === 'link_open') depth += 1;
    else if (token.type === 'link_close') depth -= 1;
    else if (token.type === 'image' && depth > 0) token.meta = 'in link';
  }
}

/** The host of an image, as a link where one may stand (never inside another). */
function placeOf(url: string, insideLink: boolean): string {
  if (!WEB_URL.test(url) || !URL.canParse(url)) return '';
  const host = escapeHtml(new URL(url).host);
  if (insideLink) return host;
  return `<a href="${escapeHtml(url)}" target="_blank" rel="${LINK_RELATION}">${host}</a>`;
}

/** Headings below those of the page; no attribute of theirs comes from the text. */
export function addHeadings(md: MarkdownIt): void {
  md.core.ruler.push('heading_levels', (state) => {
    for (const token of state.tokens) {
      if (token.type !== 'heading_open' && token.type !== 'heading_close') continue;
      const level = Number(token.tag.slice(1)) + HEADING_SHIFT;
      token.tag = `h${Math.min(6, Math.max(HIGHEST_HEADING, level))}`;
    }
  });
}

/** What names a table for a screen reader; the page has an element with this id and a word in its language. */
export const TABLE_LABEL_ID = 'label-table';

/** Tables scroll inside a box of their own that the keyboard reaches; alignment is a class instead of a style. */
export function addTables(md: MarkdownIt): void {
  md.renderer.rules.table_open = () =>
    `<div class="table-scroll" role="group" tabindex="0" aria-labelledby="${TABLE_LABEL_ID}"><table>\n`;
  md.renderer.rules.table_close = () => '</table></div>\n';
  // An empty corner is no heading of anything: a screen reader would announce a heading without a word.
  const isEmpty = (token: Token | undefined) => token?.type === 'inline' && token.content.trim() === '';
  md.core.ruler.push('empty_headings', (state) => {
    state.tokens.forEach((token, index) => {
      const close = state.tokens[index + 2];
      if (token.type !== 'th_open' || close?.type !== 'th_close' || !isEmpty(state.tokens[index + 1])) return;
      Object.assign(token, { type: 'td_open', tag: 'td' });
      Object.assign(close, { type: 'td_close', tag: 'td' });
    });
  });
  for (const tag of ['th', 'td']) {
    md.renderer.rules[`${tag}_open`] = (tokens, index) => {
      const align = /^text-align:(left|center|right)$/.exec(
        tokens[index]?.attrGet('style')?.toString() ?? '',
      )?.[1];
      return align === undefined ? `<${tag}>` : `<${tag} class="align-${align}">`;
    };
  }
}

/** `- [ ] text` and `- [x] text`: a box that nobody can tick, named by its own text. */
export function addTasks(md: MarkdownIt): void {
  md.core.ruler.after('inline', 'tasks', (state) => {
    state.tokens.forEach((token, index) => {
      const item = state.tokens[index - 2];
      if (token.type !== 'inline' || item?.type !== 'list_item_open') return;
      const mark = /^\[([ xX])\] +(?=\S)/.exec(token.content);
      const text = token.children?.[0];
      if (mark === null || text?.type !== 'text' || !text.content.startsWith(mark[0])) return;
      text.content = text.content.slice(mark[0].length);
      const open = new state.Token('task_open', 'label', 1);
      open.meta = mark[1] !== ' ';
      token.children = [open, ...(token.children ?? []), new state.Token('task_close', 'label', -1)];
      item.attrJoin('class', 'task');
    });
  });
  md.renderer.rules.task_open = (tokens, index) =>
    `<label><input type="checkbox" disabled${tokens[index]?.meta === true ? ' checked' : ''}> `;
}
