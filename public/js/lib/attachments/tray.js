import { announce, toNodes } from '../page.js';
import { watchDrops } from './drops.js';
import { watchLength } from './long-text.js';
import { drawRow, hasFiles } from './rows.js';
import { upload } from './upload.js';

/** In bytes, for sizes in sentences. */
const MEGABYTE = 1_000_000;

/** Files for messages, in the composer and in the form of a question that the page was drawn with. */
export function offerAttachments() {
  for (const form of document.querySelectorAll('form:has([data-tray])'))
    if (form instanceof HTMLFormElement) openTray(form);
  watchDrops();
}

/**
 * Takes files for a message: picked, pasted or dropped, sent to the server at once, one after the other. What is sent
 * meanwhile waits for them. A form without a tray stays as it is.
 * @param {HTMLFormElement} form
 */
export function openTray(form) {
  const tray = form.querySelector('[data-tray]');
  const rows = tray?.querySelector('.tray-rows');
  const input = form.querySelector('[data-attach-input]');
  const field = form.querySelector('textarea[name=content]');
  const isWhole =
    tray instanceof HTMLElement &&
    rows instanceof HTMLElement &&
    input instanceof HTMLInputElement &&
    field instanceof HTMLTextAreaElement;
  if (isWhole) open({ form, tray, rows, input, field });
}

/**
 * @typedef {object} Parts
 * @property {HTMLFormElement} form
 * @property {HTMLElement} tray
 * @property {HTMLElement} rows
 * @property {HTMLInputElement} input
 * @property {HTMLTextAreaElement} field
 */

/** @param {Parts} parts */
function open({ form, tray, rows, input, field }) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(tray.dataset.words ?? '{}');
  const maxBytes = Number(tray.dataset.maxBytes);
  const maxFiles = Number(tray.dataset.maxFiles);
  let waiting = 0;
  /** @type {Promise<void>} */
  let last = Promise.resolve();
  /** What was to be sent when the files are there. @type {HTMLElement | null | undefined} */
  let submitter;

  /** @param {Iterable<File>} files */
  function add(files) {
    for (const file of files) {
      const drawn = drawRow(file.name, words.dismiss ?? '');
      const isFull = rows.children.length >= maxFiles;
      rows.append(drawn.row);
      if (isFull) fail(drawn, file, words.too_many ?? '');
      else if (file.size > maxBytes) fail(drawn, file, tooLarge(file));
      else enqueue(file, drawn);
    }
  }

  /** @param {File} file @param {import('./rows.js').UploadRow} drawn */
  function enqueue(file, drawn) {
    waiting += 1;
    announce(`${file.name}: ${words.uploading}`);
    last = last.then(() => send(file, drawn)).then(goOn);
  }

  /** @param {File} file @param {import('./rows.js').UploadRow} drawn */
  async function send(file, drawn) {
    const model = new FormData(form).get('model');
    const sent = await upload(file, typeof model === 'string' ? model : '', drawn.showProgress);
    const fresh = 'html' in sent ? toNodes(sent.html).firstElementChild : null;
    if (!fresh) return fail(drawn, file, ('error' in sent && sent.error) || (words.failed ?? ''));
    drawn.row.replaceWith(fresh);
    form.dispatchEvent(new CustomEvent('salon:attached', { detail: file }));
    announce(fresh.querySelector('.tray-text')?.textContent?.replace(/\s+/g, ' ').trim() ?? '');
  }

  function goOn() {
    waiting -= 1;
    if (waiting > 0 || submitter === undefined) return;
    const held = submitter;
    submitter = undefined;
    if (!rows.querySelector('.tray-row:not([data-attachment])')) form.requestSubmit(held);
  }

  /** @param {import('./rows.js').UploadRow} drawn @param {File} file @param {string} sentence */
  function fail(drawn, file, sentence) {
    drawn.showError(sentence);
    announce(`${file.name}: ${sentence}`);
  }

  /** @param {File} file */
  function tooLarge({ size }) {
    const megabytes = (bytes = 0) => String(Math.ceil((bytes / MEGABYTE) * 10) / 10);
    return (words.too_large ?? '').replace('{size}', megabytes(size)).replace('{max}', megabytes(maxBytes));
  }

  /** @param {HTMLButtonElement} button */
  function remove(button) {
    const row = button.closest('.tray-row');
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    row?.remove();
    announce(words.removed ?? '');
    const focused = next?.querySelector('button') ?? field;
    focused.focus();
    // The question that is edited keeps it; what nobody sends goes after a day.
    if (form.matches('[data-message-form]')) return;
    // It may belong to a message too, or be gone already: then it stays as it is.
    void fetch(`/attachments/${button.value}`, { method: 'DELETE' }).catch(() => undefined);
  }

  form.querySelector('[data-attach]')?.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    add([...(input.files ?? [])]);
    input.value = '';
  });
  form.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs put an image of the text beside the text.
    if (files.length === 0 || event.clipboardData?.types.includes('text/plain')) return;
    event.preventDefault();
    add(files);
  });
  tray.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[name=detach]') : null;
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    remove(button);
  });
  form.addEventListener('salon:files', (event) => event instanceof CustomEvent && add(event.detail));
  // What is a file alone needs no words.
  const showNeed = () => void (field.required = !hasFiles(form));
  new MutationObserver(showNeed).observe(rows, { childList: true });
  showNeed();
  form.addEventListener(
    'submit',
    (event) => {
      if (waiting === 0) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      submitter = event.submitter;
      announce(words.waits ?? '');
    },
    { capture: true },
  );
  // After that: what becomes a file is too long no more.
  watchLength(form, field);
}
