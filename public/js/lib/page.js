/** The words a script may say, as the page carries them. @type {() => Record<string, string>} */
export const words = () => JSON.parse(document.body.dataset.words ?? '{}');

/**
 * Says one sentence to screen readers, politely.
 * @param {string} sentence
 */
export function announce(sentence) {
  const region = document.getElementById('announcer');
  if (region) region.textContent = sentence;
}

/**
 * An icon of the page's sprite; its address is taken from an icon that the server drew.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const sprite = document.querySelector('.icon use')?.getAttribute('href')?.split('#')[0] ?? '';
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
  use.setAttribute('href', `${sprite}#${name}`);
  return svg;
}

/**
 * Turns HTML from our own server into nodes.
 * @param {string} html
 * @returns {DocumentFragment}
 */
export function toNodes(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content;
}

/**
 * Why nothing comes any more, for a feed's line: the connection is lost and tried again, or the person is signed out.
 * @param {'lost' | 'signed-out'} state
 * @returns {(string | Node)[]}
 */
export function feedSentence(state) {
  if (state === 'lost') return [words().offline];
  const link = document.createElement('a');
  link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = words().sign_in;
  return [`${words().signed_out} `, link];
}

/** Tells the composer that an answer began or ended somewhere on the page. */
export function tellRunning() {
  document.dispatchEvent(new CustomEvent('salon:running'));
}

/** Whether the main pointer is a finger: no key sends there, and no field takes the focus by itself. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches;
