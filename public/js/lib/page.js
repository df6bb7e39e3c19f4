/** The words a script may say, as the page carries them. @type {() => Record<string, string>} */
export const uiText = () => JSON.parse(document.body.dataset.uiText ?? '{}');

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
 * Says in a feed's line why nothing comes any more: the connection is lost and tried again, the person is signed out, or
 * too many streams are open.
 * @param {Element} feed
 * @param {import('./event-stream.js').StreamState} state
 */
export function showFeedState(feed, state) {
  const place = feed.querySelector('[data-offline]');
  if (!(place instanceof HTMLElement)) return;
  place.hidden = state === 'live';
  if (state !== 'live') place.lastElementChild?.replaceChildren(...stateSentence(state));
}

/** @param {'lost' | 'signed-out' | 'paused'} state @returns {(string | Node)[]} */
function stateSentence(state) {
  if (state !== 'signed-out') return [state === 'lost' ? uiText().offline : uiText().paused];
  const link = document.createElement('a');
  link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = uiText().sign_in;
  return [`${uiText().signed_out} `, link];
}

/**
 * Shows a sentence beside what was not sent or not stopped; an empty one takes it away.
 * @param {HTMLElement} place
 * @param {string} sentence
 * @param {'send' | 'stop'} about
 */
export function showError(place, sentence, about = 'send') {
  place.dataset.error = about;
  if (!sentence) return place.replaceChildren();
  const callout = document.createElement('div');
  callout.className = 'callout error';
  callout.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = sentence;
  callout.append(icon('alert'), text);
  place.replaceChildren(callout);
}

/** Tells the composer that an answer began or ended somewhere on the page. */
export function tellRunning() {
  document.dispatchEvent(new CustomEvent('salon:running'));
}

/** Whether the main pointer is a finger: no key sends there, and no field takes the focus by itself. */
export const isTouch = () => matchMedia('(pointer: coarse)').matches;
