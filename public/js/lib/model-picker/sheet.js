import { toNodes } from '../page.js';
import { findModels } from './catalogue.js';
import { drawRow, filled } from './rows.js';

/**
 * @typedef {Awaited<ReturnType<ReturnType<typeof import('./catalogue.js').createCatalogue>>>} Catalogue
 *
 * @typedef {object} Sheet the list that models are chosen from: a field that filters, with a grid of rows below it. A grid
 *   and no list box, since each row holds a button.
 * @property {HTMLElement} element
 * @property {HTMLInputElement} field
 * @property {(catalogue: Catalogue, current: string) => void} show
 * @property {(sentence: string) => void} say
 * @property {(step: 'next' | 'previous' | 'page-down' | 'page-up' | 'first' | 'last') => HTMLElement | undefined} move
 * @property {() => HTMLElement | undefined} active
 */

const PAGE_ROWS = 8;

/**
 * @param {string} id a prefix for the ids of its parts
 * @param {HTMLTemplateElement} template
 * @param {Record<string, string>} words
 * @returns {Sheet}
 */
export function createSheet(id, template, words) {
  const element = toNodes(template.innerHTML).firstElementChild;
  const field = element?.querySelector('input');
  const grid = element?.querySelector('[role=grid]');
  const status = element?.querySelector('[role=status]');
  if (!(element instanceof HTMLElement) || !field || !(grid instanceof HTMLElement) || !status)
    throw new Error('no template of a list of models');
  grid.id = `${id}-grid`;
  field.setAttribute('aria-controls', grid.id);
  /** @type {HTMLElement[]} */
  let rows = [];
  let active = -1;

  /** @param {number} at */
  const activate = (at) => {
    for (const [index, row] of rows.entries()) {
      row.classList.toggle('is-active', index === at);
      row.querySelector('.model-star')?.setAttribute('tabindex', index === at ? '0' : '-1');
    }
    active = at;
    const row = rows[at];
    if (row) field.setAttribute('aria-activedescendant', row.firstElementChild?.id ?? '');
    else field.removeAttribute('aria-activedescendant');
    row?.scrollIntoView({ block: 'nearest' });
    return row;
  };

  /** @type {Sheet['show']} */
  const show = (catalogue, current) => {
    const { sections, count } = findModels(catalogue, field.value, words);
    rows = [];
    const drawn = sections.map((section) => {
      const group = document.createElement('div');
      group.setAttribute('role', 'rowgroup');
      if (section.title) group.setAttribute('aria-label', section.title);
      group.append(...(section.title ? [titleOf(section.title)] : []));
      for (const model of section.models) {
        const row = drawRow(model, `${id}-row-${rows.length}`, words);
        row.setAttribute('aria-selected', String(model.name === current));
        rows.push(row);
        group.append(row);
      }
      return group;
    });
    grid.replaceChildren(...drawn);
    grid.scrollTop = 0;
    const chosen = rows.findIndex((row) => row.dataset.model === current);
    activate(field.value === '' && chosen >= 0 ? chosen : Math.min(0, rows.length - 1));
    status.textContent = summary(rows.length, count, words);
  };

  /** @type {Sheet['move']} */
  const move = (step) => {
    const last = rows.length - 1;
    const target = {
      next: active >= last ? 0 : active + 1,
      previous: active <= 0 ? last : active - 1,
      'page-down': Math.min(last, active + PAGE_ROWS),
      'page-up': Math.max(0, active - PAGE_ROWS),
      first: 0,
      last,
    };
    return activate(target[step]);
  };

  const say = (/** @type {string} */ sentence) => {
    rows = [];
    grid.replaceChildren();
    activate(-1);
    status.textContent = sentence;
  };
  return { element, field, show, say, move, active: () => rows[active] };
}

/** The title of a group is its name for screen readers already. @param {string} text */
function titleOf(text) {
  const title = document.createElement('div');
  title.className = 'model-title';
  title.setAttribute('aria-hidden', 'true');
  title.textContent = text;
  return title;
}

/** @param {number} shown @param {number} count @param {Record<string, string>} words */
function summary(shown, count, words) {
  const number = (/** @type {number} */ value) =>
    new Intl.NumberFormat(document.documentElement.lang).format(value);
  if (count === 0) return words.none_found ?? '';
  const sentence = shown < count ? words.shown : count === 1 ? words.found_one : words.found_other;
  return filled(sentence, { shown: number(shown), count: number(count) });
}
