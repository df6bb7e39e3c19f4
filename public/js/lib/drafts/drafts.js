import { showOther } from './other-draft.js';
import { keptInTab } from './tab-text.js';

/** A pause in typing after which the text is saved. */
const PAUSE_MS = 1000;
/** A browser sends no more than 64 KiB for a page that is closed already; a character takes up to three bytes. */
const MAX_CHARACTERS_WHILE_LEAVING = 20_000;
const EMPTY = '["",[]]';

/**
 * @typedef {{ content: string, draft_version: number, updated_at: string }} StoredDraft
 * @typedef {object} Drafts
 * @property {() => void} pause while a message is on its way its draft stays as it is
 * @property {(isSent: boolean) => void} resume
 */

/**
 * Saves what is typed into a composer on the server, and in the tab what does not get there.
 * @param {HTMLFormElement} form @param {HTMLTextAreaElement} field
 * @returns {Drafts}
 */
export function saveDrafts(form, field) {
  const place = form.querySelector('[data-draft]');
  const version = form.querySelector('[name=draft_version]');
  const isWhole = place instanceof HTMLElement && version instanceof HTMLInputElement;
  return isWhole ? open({ form, field, place, version }) : { pause() {}, resume() {} };
}

/**
 * @param {{ form: HTMLFormElement, field: HTMLTextAreaElement, place: HTMLElement, version: HTMLInputElement }} parts
 * @returns {Drafts}
 */
function open({ form, field, place, version }) {
  const url = place.dataset.draft ?? '';
  const tab = keptInTab(field);
  const other = showOther(place, field, {
    onSeen(seen) {
      version.value = String(seen);
      schedule(0);
    },
  });
  const temporary = form.querySelector('[name=temporary]');
  /** Nothing of a temporary chat is left behind in a draft of a new one. */
  const text = () => (temporary instanceof HTMLInputElement && temporary.checked ? '' : field.value);
  const attachments = () => (text() === field.value ? new FormData(form).getAll('attachments') : []);
  const current = () => JSON.stringify([text().trim() && text(), attachments()]);
  /** What the server has, as far as this page knows. */
  let saved = place.hasAttribute('data-is-saved')
    ? JSON.stringify([field.defaultValue, attachments()])
    : EMPTY;
  let timer = 0;
  let isPaused = false;
  let isSaving = false;
  const isDone = () => isPaused || other.isUndecided() || current() === saved;

  function schedule(ms = PAUSE_MS) {
    clearTimeout(timer);
    if (!isDone()) timer = window.setTimeout(() => void save(), ms);
  }

  /** One after the other: each names the version that the one before was given. */
  async function save({ isLeaving = false } = {}) {
    if (isDone() || (isSaving && !isLeaving)) return;
    isSaving = true;
    const sent = current();
    const isStored = await put(isLeaving);
    isSaving = false;
    if (isStored) saved = sent;
    if (isStored) schedule();
  }

  /** @param {boolean} isLeaving @returns {Promise<boolean>} whether the server has it now */
  async function put(isLeaving) {
    const clientId = form.elements.namedItem('client_id');
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({
        content: text(),
        attachments: attachments(),
        draft_version: Number(version.value),
        client_id: clientId instanceof HTMLInputElement ? clientId.value : undefined,
      }),
      keepalive: isLeaving,
    }).catch(() => undefined);
    const body = answer?.status === 204 ? {} : await answer?.json().catch(() => ({}));
    if (answer?.ok) {
      tab.forget();
      showSaved(body.draft);
      return true;
    }
    tab.keep();
    /** @type {StoredDraft | undefined} */
    const stored = answer?.status === 409 ? body.draft : undefined;
    if (stored) other.show(stored.content, stored.draft_version, stored.updated_at);
    return false;
  }

  /** @param {StoredDraft | undefined} draft */
  function showSaved(draft) {
    version.value = String(draft?.draft_version ?? 0);
    other.showSaved(draft?.updated_at);
  }

  function leave() {
    if (isPaused || current() === saved) return;
    const isSent = !isDone() && field.value.length < MAX_CHARACTERS_WHILE_LEAVING;
    if (!isSent || !navigator.onLine) tab.keep();
    if (isSent) void save({ isLeaving: true });
  }

  tab.restore((text) => other.show(text, Number(version.value)));
  form.addEventListener('input', () => schedule());
  // Attachments come and go without any typing.
  new MutationObserver(() => schedule()).observe(form, { childList: true, subtree: true });
  // What a script of the page sends by itself is paused by that.
  document.addEventListener('submit', (event) => {
    if (event.target !== form || event.defaultPrevented) return;
    isPaused = true;
    tab.forget();
  });
  addEventListener('pagehide', leave);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) isPaused = false;
  });
  document.addEventListener('visibilitychange', () => document.hidden && leave());
  addEventListener('online', () => schedule(0));
  schedule();

  return {
    pause: () => void (isPaused = true),
    resume(isSent) {
      isPaused = false;
      if (isSent) {
        saved = EMPTY;
        showSaved(undefined);
      }
      schedule();
    },
  };
}
