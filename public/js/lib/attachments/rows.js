import { icon } from '../page.js';

const rowsOf = (/** @type {Element} */ form) => form.querySelector('.tray-rows');

/** Whether something is attached, or on its way to be. @param {HTMLFormElement} form */
export const hasFiles = (form) =>
  form.querySelector('.tray-row:is([data-attachment], :has(progress))') !== null;

/** What is attached, in one line. @param {HTMLFormElement} form @returns {string} */
export const fileNames = (form) =>
  [...form.querySelectorAll('[data-attachment] .attachment-name')].map((name) => name.textContent).join(', ');

/**
 * Empties the tray of a composer whose message is on its way. @param {HTMLFormElement} form
 * @returns {() => void} puts the rows back
 */
export function takeRows(form) {
  const list = rowsOf(form);
  const rows = [...(list?.querySelectorAll('[data-attachment]') ?? [])];
  for (const row of rows) row.remove();
  return () => list?.prepend(...rows);
}

/**
 * The row of a file on its way to the server. @param {string} name @param {string} dismiss what its button is called
 */
export function drawRow(name, dismiss) {
  const row = document.createElement('li');
  row.className = 'tray-row';
  const text = document.createElement('span');
  text.className = 'tray-text';
  const title = document.createElement('span');
  title.className = 'attachment-name';
  title.dir = 'auto';
  title.textContent = name;
  const progress = document.createElement('progress');
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute('aria-label', name);
  text.append(title, progress);
  row.append(icon('file'), text);
  return {
    row,
    /** @param {number} percent */
    showProgress: (percent) => void (progress.value = percent),
    /** @param {string} sentence */
    showError(sentence) {
      const error = document.createElement('strong');
      error.className = 'tray-warning';
      error.textContent = sentence;
      progress.replaceWith(error);
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'icon-button';
      button.setAttribute('aria-label', dismiss);
      button.append(icon('close'));
      button.addEventListener('click', () => row.remove());
      row.append(button);
    },
  };
}

/** @typedef {ReturnType<typeof drawRow>} UploadRow */
