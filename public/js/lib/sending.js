import { fileNames, hasFiles, takeRows } from './attachments/rows.js';
import { showError, uiText } from './page.js';

/**
 * @typedef {object} Page what happens around the composer
 * @property {import('./messages.js').Messages} messages
 * @property {() => void} onShown something new stands at the end of the page
 * @property {() => void} onSending
 * @property {(isStored: boolean) => void} onSettled the message is stored, or its text is back in the field
 * @property {() => void} onSignedOut the person has to sign in before the text in the field can be sent
 */

/**
 * Sends from a conversation without leaving its page, one message at a time.
 * @param {import('./composer.js').Composer} composer @param {Page} page
 */
export function listenToSending(composer, page) {
  const { form, field } = composer;
  let isSending = false;
  const hasNothing = () => !field.value.trim() && !hasFiles(form);

  form.addEventListener('submit', async (event) => {
    // Others than these lead to another page.
    if (event.submitter?.matches('[name=library], [name=attach]')) return;
    event.preventDefault();
    if (isSending || hasNothing()) return;
    isSending = true;
    event.submitter?.setAttribute('aria-busy', 'true');
    await send(composer, page, event.submitter);
    event.submitter?.removeAttribute('aria-busy');
    isSending = false;
  });
  // The field is empty by then: a double click must not be told to fill it in.
  form.addEventListener('click', (event) => {
    const isSubmit = event.target instanceof Element && event.target.closest('[type=submit]');
    if (isSubmit && (isSending || (event.detail > 1 && hasNothing()))) event.preventDefault();
  });
}

/**
 * Shows the message at once, as on its way, and what the server says in its place when that comes. One that did not
 * arrive goes back into the field, before what was typed meanwhile. Ends once the message is stored: the event stream
 * may tell that before the response does.
 * @param {import('./composer.js').Composer} composer @param {Page} page @param {HTMLElement | null} submitter
 */
async function send(composer, page, submitter) {
  const { form, field, error } = composer;
  const text = field.value;
  const content = contentOf(form, text);
  prepareRepeat(form, content);
  page.onSending();
  goOnFrom(form, page.messages.endId());
  const body = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)));
  const pending = page.messages.showPending(
    text.trim() ? text : fileNames(form),
    body.get('client_id') ?? '',
  );
  const putBackFiles = takeRows(form);
  setText(field, '');
  showError(error, '');
  page.onShown();
  const answer = fetch(form.action, {
    method: 'POST',
    headers: { accept: 'text/html', 'x-fragment': '1' },
    body,
  }).catch(() => undefined);
  const stored = pending.stored.then(() => {
    prepareNext(form, pending);
    withdraw(composer, text, content);
  });
  await Promise.race([
    stored,
    answer.then((one) => settle(composer, page, { text, content, pending, putBackFiles }, one)),
  ]);
  page.onSettled(form.dataset.returned === undefined);
}

/**
 * @param {import('./composer.js').Composer} composer @param {Page} page
 * @param {{ text: string, content: string, pending: import('./pending-message.js').Pending, putBackFiles: () => void }} sent
 * @param {Response | undefined} answer undefined when none came
 */
async function settle(
  { form, field, error },
  { messages, onShown, onSignedOut },
  { text, content, pending, putBackFiles },
  answer,
) {
  const html = answer?.ok ? await answer.text().catch(() => undefined) : undefined;
  messages.settlePending(pending, html ?? '');
  // Shown before, by the stream; what is typed or read by now goes on undisturbed.
  if (pending.isStored) return;
  if (html !== undefined) {
    prepareNext(form, pending);
    return onShown();
  }
  putBackFiles();
  setText(field, field.value ? `${text}\n${field.value}` : text);
  form.dataset.returned = content;
  const problem = answer ? await problemOf(answer) : {};
  showError(error, messageOf(problem));
  if (answer?.status !== 401) return showAction(error, problem.action);
  const url = `/login?next=${encodeURIComponent(location.pathname)}`;
  showAction(error, { url, label: uiText().sign_in ?? '' });
  onSignedOut();
}

/** What is sent: words and files. @param {HTMLFormElement} form @param {string} text */
const contentOf = (form, text) => JSON.stringify([text, new FormData(form).getAll('attachments')]);

/**
 * What came back into the field may be stored all the same: sent again as it is, it keeps its id, and the server takes it
 * once. With other words or files it is another message.
 * @param {HTMLFormElement} form @param {string} content
 */
function prepareRepeat(form, content) {
  const { returned } = form.dataset;
  delete form.dataset.returned;
  const clientId = form.elements.namedItem('client_id');
  if (returned !== undefined && returned !== content && clientId instanceof HTMLInputElement)
    clientId.value = newClientId();
}

/**
 * A message that came back into the field was stored after all, and stands in its place.
 * @param {import('./composer.js').Composer} composer @param {string} text @param {string} content
 */
function withdraw({ form, field, error }, text, content) {
  if (form.dataset.returned !== content) return;
  delete form.dataset.returned;
  takeRows(form);
  showError(error, '');
  if (field.value === text) setText(field, '');
}

/**
 * A stored message is not sent again: the next one gets an id of its own.
 * @param {HTMLFormElement} form @param {import('./pending-message.js').Pending} stored
 */
function prepareNext(form, stored) {
  const clientId = form.elements.namedItem('client_id');
  if (!(clientId instanceof HTMLInputElement) || clientId.value !== stored.clientId) return;
  clientId.value = newClientId();
}

/**
 * The next question goes on from the end that its person sees, also when the conversation went on elsewhere.
 * @param {HTMLFormElement} form @param {string | undefined} endId undefined: as the page was drawn
 */
function goOnFrom(form, endId) {
  const input = form.elements.namedItem('parent_id');
  if (input instanceof HTMLInputElement && endId !== undefined) input.value = endId;
}

/** @param {HTMLTextAreaElement} field @param {string} text */
function setText(field, text) {
  field.value = text;
  field.dispatchEvent(new Event('input'));
}

/** 128 random bits as hex; `crypto.randomUUID` is missing where the page came over plain http. */
export function newClientId() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/**
 * @typedef {object} Problem why the server refused
 * @property {string} [error]
 * @property {{ message: string }[]} [errors] of single fields
 * @property {{ url: string, label: string }} [action] what helps
 */

/** @param {Response} answer @returns {Promise<Problem>} */
const problemOf = (answer) => answer.json().catch(() => ({}));

/** @param {Problem} problem @returns {string} */
const messageOf = ({ error, errors }) =>
  errors?.[0]?.message ?? (typeof error === 'string' ? error : uiText().not_sent);

/** Why the server refused, as a sentence. @param {Response} answer @returns {Promise<string>} */
export const reasonOf = async (answer) => messageOf(await problemOf(answer));

/** Adds the link that helps against an error to the place where it stands. @param {Element} place @param {Problem['action']} action */
function showAction(place, action) {
  if (!action) return;
  const link = document.createElement('a');
  link.className = 'button small';
  link.href = action.url;
  link.textContent = action.label;
  const line = document.createElement('p');
  line.append(link);
  place.append(line);
}
