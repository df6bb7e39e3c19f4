import { addCopyButtons } from './copy.js';
import { icon, isTouch, toNodes, words } from './page.js';

/**
 * Makes the composer grow, send by key and, in a conversation, send without leaving the page. Without one on the page,
 * nothing happens.
 * @param {{ follow: { jump(): void }, elsewhere: { tell(): void } }} page
 * @returns {{ showState(): void, stop(): boolean, focus(): boolean }}
 */
export function openComposer({ follow, elsewhere }) {
  const form = document.getElementById('composer');
  if (!(form instanceof HTMLFormElement)) return { showState() {}, stop: () => false, focus: () => false };
  const field = form.elements.namedItem('content');
  const send = form.querySelector('[name=send]');
  const stopButton = form.querySelector('[data-stop-running]');
  const draftKey = `salon:draft:${location.pathname}`;
  let isSending = false;

  restoreDraft(field, draftKey);
  growWithText(field);
  // Who has just asked goes on writing.
  if (document.querySelector('reply-feed') && document.activeElement === document.body && !location.hash)
    focusUnlessTouch();

  function focusUnlessTouch() {
    if (!isTouch()) field.focus({ preventScroll: true });
  }

  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || isTouch()) return;
    event.preventDefault();
    if (!send.hidden && field.value.trim()) form.requestSubmit(send);
  });

  if (form.hasAttribute('data-live')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (isSending || !field.value.trim()) return;
      isSending = true;
      event.submitter?.setAttribute('aria-busy', 'true');
      await post(event.submitter).catch(() => showError(form, words().not_sent));
      event.submitter?.removeAttribute('aria-busy');
      isSending = false;
    });
  }

  /** @param {HTMLElement | null} submitter */
  async function post(submitter) {
    const sent = field.value;
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'text/html', 'x-fragment': '1' },
      body: new URLSearchParams(/** @type {any} */ (new FormData(form, submitter))),
    });
    if (answer.status === 401 || new URL(answer.url).pathname === '/login') return signInFirst(sent);
    if (!answer.ok) return showProblem(form, await answer.json().catch(() => ({})));
    showMessages(await answer.text());
    // What was typed while the answer was on its way stays.
    field.value = field.value.startsWith(sent) ? field.value.slice(sent.length) : field.value;
    field.dispatchEvent(new Event('input'));
    form.elements.namedItem('client_id').value = newClientId();
    // An older branch was open; from here on its new end is the place to write.
    form.elements.namedItem('parent_id')?.remove();
    showError(form, '');
  }

  /** @param {string} html */
  function showMessages(html) {
    const fresh = toNodes(html);
    for (const article of [...fresh.children]) {
      // Another tab's news may have brought it in before the answer came.
      document.getElementById(article.id)?.remove();
      article.classList.add('is-new');
    }
    addCopyButtons(fresh);
    document.getElementById('messages')?.append(fresh);
    elsewhere.tell();
    follow.jump();
    focusUnlessTouch();
  }

  /** @param {string} text */
  function signInFirst(text) {
    sessionStorage.setItem(draftKey, text);
    location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  }

  /** Shows *Stop* in the place of *Send* while an answer runs; the focus moves along. */
  function showState() {
    const isRunning = document.querySelector('reply-feed') !== null;
    const hadFocus = [send, stopButton].includes(document.activeElement);
    send.hidden = isRunning;
    stopButton.hidden = !isRunning;
    stopButton.removeAttribute('aria-busy');
    if (!isRunning && form.querySelector('[data-error=stop]')) showError(form, '');
    if (hadFocus) (isRunning ? stopButton : send).focus({ preventScroll: true });
  }

  /** Stops every running answer of this page. Returns whether there was one. */
  function stop() {
    const feeds = [...document.querySelectorAll('reply-feed')];
    if (feeds.length) stopButton.setAttribute('aria-busy', 'true');
    const failed = (/** @type {string} */ sentence) => {
      stopButton.removeAttribute('aria-busy');
      showError(form, sentence, 'stop');
    };
    for (const feed of feeds) {
      fetch(feed.getAttribute('stop') ?? '', { method: 'POST', headers: { accept: 'application/json' } })
        .then(async (answer) => answer.ok || failed(await reason(answer)))
        .catch(() => failed(words().not_stopped));
    }
    return feeds.length > 0;
  }

  stopButton.addEventListener('click', stop);
  document.addEventListener('salon:running', showState);
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

/** A page from the back-forward cache has posted already: the same id again would be answered with the first result. */
function renewClientIds() {
  for (const input of document.querySelectorAll('input[name=client_id]')) input.value = newClientId();
}

/** 128 random bits as hex; `crypto.randomUUID` is missing where the page came over plain http. */
function newClientId() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

function restoreDraft(field, key) {
  const draft = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  if (draft && !field.value) field.value = draft;
}

/** For browsers without `field-sizing`; the style sheet limits the height. */
function growWithText(field) {
  if (CSS.supports('field-sizing', 'content')) return;
  const grow = () => {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  };
  field.addEventListener('input', grow);
  grow();
}

/** @param {Response} answer */
async function reason(answer) {
  return sentenceOf(await answer.json().catch(() => ({})));
}

function sentenceOf(problem) {
  return typeof problem.error === 'string' ? problem.error : words().not_sent;
}

/** Shows why something was not sent, with the link that helps where there is one. */
function showProblem(form, problem) {
  showError(form, sentenceOf(problem));
  if (!problem.action) return;
  const link = document.createElement('a');
  link.className = 'button small';
  link.href = problem.action.url;
  link.textContent = problem.action.label;
  const line = document.createElement('p');
  line.append(link);
  form.querySelector('[data-error]').append(line);
}

/** Shows a sentence beside what was not sent or not stopped; an empty one takes it away. */
function showError(form, sentence, about = 'send') {
  const place = form.querySelector('[data-error]');
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
