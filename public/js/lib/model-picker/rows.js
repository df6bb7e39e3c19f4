import { toNodes } from '../page.js';
import { labelOf } from './catalogue.js';

/**
 * @typedef {import('./catalogue.js').Model} Model
 * @typedef {Record<string, string>} Words
 */

/** @param {string | undefined} sentence @param {Record<string, string>} values */
export const filled = (sentence, values) =>
  (sentence ?? '').replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

/**
 * A row of the list: label, facts, and the star that makes a model a favourite.
 * @param {Model} model @param {string} id @param {Words} words
 * @returns {HTMLElement}
 */
export function drawRow(model, id, words) {
  const template = document.getElementById('model-row');
  const row = toNodes(template?.innerHTML ?? '').firstElementChild;
  if (!(row instanceof HTMLElement)) throw new Error('no template of a row');
  row.dataset.model = model.name;
  row.dataset.thinks = String(model.thinks ?? false);
  const [cell, label, facts] = ['.model-cell', '.model-label', '.model-facts'].map((name) =>
    row.querySelector(name),
  );
  if (cell) cell.id = id;
  if (label) label.textContent = labelOf(model);
  if (!model.default) row.querySelector('.tag')?.remove();
  facts?.replaceChildren(...factsOf(model, words));
  const star = row.querySelector('.model-star');
  star?.setAttribute('aria-label', filled(words.mark, { model: labelOf(model) }));
  star?.setAttribute('aria-pressed', String(model.favourite ?? false));
  return row;
}

/** @param {Model} model @param {Words} words @returns {(string | Node)[]} */
function factsOf(model, words) {
  const { sees_images: seesImages, thinks, context_tokens: tokens, price_class: price, ends_on: day } = model;
  /** @type {(string | Node[])[]} */
  const facts = [];
  if (seesImages) facts.push(words.sees_images ?? '');
  if (thinks) facts.push(words.thinks ?? '');
  if (tokens !== undefined) facts.push(filled(words.context, { tokens: shortTokens(tokens) }));
  if (price === 0) facts.push(words.price_0 ?? '');
  if (price) facts.push(signed('$'.repeat(price), words[`price_${price}`] ?? ''));
  if (day) facts.push(filled(words.ends, { day: writeDay(day) }));
  return facts.flatMap((fact, at) => [
    ...(at > 0 ? [' · '] : []),
    ...(typeof fact === 'string' ? [fact] : fact),
  ]);
}

/** A sign that is read out as words. @param {string} sign @param {string} spoken @returns {Node[]} */
function signed(sign, spoken) {
  const [seen, heard] = [document.createElement('span'), document.createElement('span')];
  seen.setAttribute('aria-hidden', 'true');
  seen.textContent = sign;
  heard.className = 'visually-hidden';
  heard.textContent = spoken;
  return [seen, heard];
}

/** As the server writes it: 8192 is `8k`. @param {number} tokens */
function shortTokens(tokens) {
  if (tokens >= 999_500) return `${Number((tokens / 1_000_000).toFixed(1))}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}

/** @param {string} day */
const writeDay = (day) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(day),
  );
