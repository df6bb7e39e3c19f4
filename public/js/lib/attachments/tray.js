import { announce, toNodes } from '../page.js';
import { drawRow } from './rows.js';
import { upload } from './upload.js';

/** In bytes, for sizes in sentences. */
const MEGABYTE = 1_000_000;

/**
 * Files for a message: picked, pasted or dropped, sent to the server at once, one after the other. What is sent
 * meanwhile waits for them. Without a composer on the page nothing happens.
 */
export function offerAttachments() {
  const form = document.getElementById('composer');
  const tray = form?.querySelector('[data-tray]');
  const rows = tray?.querySelector('.tray-rows');
  const input = form?.querySelector('[data-attach-input]');
  const isWhole =
    form instanceof HTMLFormElement &&
    tray instanceof HTMLElement &&
    rows instanceof HTMLElement &&
    input instanceof HTMLInputElement;
  if (isWhole) open({ form, tray, rows, input });
}

/** @param {{ form: HTMLFormElement, tray: HTMLElement, rows: HTMLElement, input: HTMLInputElement }} parts */
function open({ form, tray, rows, input }) {
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
    const focused = next?.querySelector('button') ?? form.querySelector('#content');
    if (focused instanceof HTMLElement) focused.focus();
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
  watchDrops(add);
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
}

/** Files may be dropped anywhere on the page. @param {(files: File[]) => void} add */
function watchDrops(add) {
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    document.body.classList.add('is-dropping');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.classList.remove('is-dropping');
  });
  document.addEventListener('drop', (event) => {
    document.body.classList.remove('is-dropping');
    if (!holdsFiles(event)) return;
    event.preventDefault();
    add([...(event.dataTransfer?.files ?? [])]);
  });
}
