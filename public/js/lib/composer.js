import { hasFiles } from './attachments/rows.js';
import { saveDrafts } from './drafts/drafts.js';
import { keptInTab } from './drafts/tab-text.js';
import { isInputMethodKey } from './input-method.js';
import { isTouch, showError, uiText } from './page.js';
import { listenToSending, newClientId, reasonOf } from './sending.js';

/**
 * @typedef {object} Composer the form that messages are written in
 * @property {HTMLFormElement} form
 * @property {HTMLTextAreaElement} field
 * @property {HTMLButtonElement} send
 * @property {HTMLButtonElement} stop in the place of `send` while an answer runs
 * @property {HTMLElement} error
 */

/**
 * Makes the composer grow, send by key and, in a conversation, send without leaving the page. Without one on the page,
 * nothing happens.
 * @param {{ follow: { jump(): void }, messages: import('./messages.js').Messages | undefined }} page
 * @returns {{ showState(): void, stop(): boolean, focus(): boolean }}
 */
export function openComposer({ follow, messages }) {
  const composer = findComposer();
  if (!composer) return { showState() {}, stop: () => false, focus: () => false };
  const { form, field, send } = composer;
  const drafts = saveDrafts(form, field);

  growWithText(field);
  // Who has just asked goes on writing.
  if (document.querySelector('reply-feed') && document.activeElement === document.body && !location.hash)
    focusUnlessTouch(field);

  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || isInputMethodKey(event) || isTouch()) return;
    event.preventDefault();
    if (!send.hidden && (field.value.trim() || hasFiles(form))) form.requestSubmit(send);
  });

  if (messages) {
    listenToSending(composer, {
      messages,
      onShown() {
        follow.jump();
        focusUnlessTouch(field);
      },
      onSending: drafts.pause,
      onSettled: drafts.resume,
      onSignedOut: () => keptInTab(field).keep(),
    });
  }

  const showState = () => showRunning(composer);
  const stop = () => stopRunning(composer);
  composer.stop.addEventListener('click', stop);
  document.addEventListener('salon:running', showState);
  field.addEventListener('input', showState);
  const rows = form.querySelector('.tray-rows');
  if (rows) new MutationObserver(showState).observe(rows, { childList: true });
  addEventListener('pageshow', (event) => event.persisted && renewClientIds());
  return {
    showState,
    stop,
    focus() {
      field.focus();
      return true;
    },
  };
}

/** @returns {Composer | undefined} */
function findComposer() {
  const form = document.getElementById('composer');
  const field = form?.querySelector('#content');
  const send = form?.querySelector('[name=send]');
  const stop = form?.querySelector('[data-stop-running]');
  const error = form?.querySelector('[data-error]');
  const isWhole =
    form instanceof HTMLFormElement &&
    field instanceof HTMLTextAreaElement &&
    send instanceof HTMLButtonElement &&
    stop instanceof HTMLButtonElement &&
    error instanceof HTMLElement;
  return isWhole ? { form, field, send, stop, error } : undefined;
}

/** @param {HTMLTextAreaElement} field */
function focusUnlessTouch(field) {
  if (!isTouch()) field.focus({ preventScroll: true });
}

/**
 * Shows *Stop* while an answer runs, in the place of *Send* until there is a next message: words or files. The focus moves
 * along.
 * @param {Composer} composer
 */
function showRunning({ form, field, send, stop, error }) {
  const isRunning = document.querySelector('reply-feed') !== null;
  const hadFocus = document.activeElement === send || document.activeElement === stop;
  send.hidden = isRunning && field.value.trim() === '' && !hasFiles(form);
  stop.hidden = !isRunning;
  stop.removeAttribute('aria-busy');
  if (!isRunning && error.dataset.error === 'stop') error.replaceChildren();
  if (hadFocus && (send.hidden || stop.hidden)) (isRunning ? stop : send).focus({ preventScroll: true });
}

/** Stops what is being written on this page; a question that waits for it is sent then. @param {Composer} composer @returns {boolean} whether there was one */
function stopRunning({ stop, error }) {
  const feeds = [...document.querySelectorAll('article:not(.is-waiting + article) > reply-feed')];
  if (feeds.length) stop.setAttribute('aria-busy', 'true');
  const failed = (/** @type {string} */ sentence) => {
    stop.removeAttribute('aria-busy');
    showError(error, sentence, 'stop');
  };
  for (const feed of feeds) {
    fetch(feed.getAttribute('stop') ?? '', { method: 'POST', headers: { accept: 'application/json' } })
      .then(async (answer) => answer.ok || failed(await reasonOf(answer)))
      .catch(() => failed(uiText().not_stopped));
  }
  return feeds.length > 0;
}

/** A page from the back-forward cache has posted already: the same id again would be answered with the first result. */
function renewClientIds() {
  for (const input of document.querySelectorAll('input[name=client_id]'))
    if (input instanceof HTMLInputElement) input.value = newClientId();
}

/** For browsers without `field-sizing`; the style sheet limits the height. @param {HTMLTextAreaElement} field */
function growWithText(field) {
  if (CSS.supports('field-sizing', 'content')) return;
  const grow = () => {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  };
  field.addEventListener('input', grow);
  grow();
}
