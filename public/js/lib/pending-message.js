import { announce, uiText } from './page.js';

/**
 * @typedef {object} Pending a message on its way to the server
 * @property {Element} article
 * @property {string} clientId
 * @property {boolean} isStored the stream brought it back
 * @property {Promise<void>} stored resolves when it did
 * @property {() => void} markStored
 */

/** @param {Element} article @param {string} clientId @returns {Pending} */
export function createPending(article, clientId) {
  /** @type {() => void} */
  let tell = () => undefined;
  /** @type {Promise<void>} */
  const stored = new Promise((resolve) => (tell = resolve));
  const pending = {
    article,
    clientId,
    isStored: false,
    stored,
    markStored() {
      pending.isStored = true;
      tell();
    },
  };
  return pending;
}

/**
 * A message that is on its way, drawn from the page's template; screen readers are told too.
 * @param {string} text
 */
export function drawPending(text) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById('pending-message'));
  const article = /** @type {Element} */ (template.content.firstElementChild?.cloneNode(true));
  const bubble = article.querySelector('.bubble');
  if (bubble) bubble.textContent = text;
  announce(uiText().sending);
  return article;
}
