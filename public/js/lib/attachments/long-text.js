import { announce } from '../page.js';

/**
 * Says of a message that is longer than the server takes how much is too much, before it is sent, and offers to attach it
 * as text files. The text stays in its field until all of it is attached.
 * @param {HTMLFormElement} form @param {HTMLTextAreaElement} field
 */
export function watchLength(form, field) {
  const note = form.querySelector('[data-too-long]');
  const [sentence, button] = [note?.querySelector('p'), note?.querySelector('button')];
  if (!(note instanceof HTMLElement) || !sentence || !button) return;
  const max = Number(note.dataset.max);
  const maxBytes = Number(note.dataset.maxFileBytes);
  const isTooLong = () => field.value.length > max;

  const show = () => {
    const wasHidden = note.hidden;
    note.hidden = !isTooLong();
    if (note.hidden) return;
    const length = field.value.length;
    sentence.textContent = filled(note.dataset.sentence, { length, over: length - max, max });
    const count = partsOf(field.value, maxBytes).length;
    button.textContent = filled(count === 1 ? note.dataset.attachOne : note.dataset.attachSeveral, { count });
    if (wasHidden) announce(sentence.textContent);
  };

  field.addEventListener('input', show);
  button.addEventListener('click', () => attach(form, field, { maxBytes, name: note.dataset.name ?? '' }));
  form.addEventListener(
    'submit',
    (event) => {
      show();
      if (!isTooLong()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      announce(sentence.textContent ?? '');
      field.focus();
    },
    { capture: true },
  );
  show();
}

/**
 * @param {HTMLFormElement} form @param {HTMLTextAreaElement} field
 * @param {{ maxBytes: number, name: string }} file
 */
function attach(form, field, { maxBytes, name }) {
  const text = field.value;
  const parts = partsOf(text, maxBytes);
  const nameOf = (/** @type {number} */ at) => `${name}${parts.length > 1 ? ` ${at + 1}` : ''}.txt`;
  const files = parts.map((part, at) => new File([part], nameOf(at), { type: 'text/plain' }));
  const missing = new Set(files);
  form.addEventListener('salon:attached', (event) => {
    if (!(event instanceof CustomEvent) || !missing.delete(event.detail) || missing.size > 0) return;
    if (field.value !== text) return;
    field.value = '';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  });
  form.dispatchEvent(new CustomEvent('salon:files', { detail: files }));
}

/** A text in UTF-8, in pieces of at most `maxBytes` that end with a line where one ends near. @param {string} text @param {number} maxBytes */
function partsOf(text, maxBytes) {
  const bytes = new TextEncoder().encode(text);
  const parts = [];
  for (let start = 0; start < bytes.length;) {
    const end = endOf(bytes, start, maxBytes);
    parts.push(bytes.slice(start, end));
    start = end;
  }
  return parts;
}

/** @param {Uint8Array} bytes @param {number} start @param {number} maxBytes */
function endOf(bytes, start, maxBytes) {
  let end = start + maxBytes;
  if (end >= bytes.length) return bytes.length;
  const lineEnd = bytes.lastIndexOf(0x0a, end - 1) + 1;
  if (lineEnd > start + maxBytes / 2) return lineEnd;
  // Never inside a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

/** @param {string | undefined} sentence @param {Record<string, number>} numbers */
function filled(sentence = '', numbers) {
  const format = new Intl.NumberFormat(document.documentElement.lang);
  return sentence.replace(/\{(\w+)\}/g, (_, name) => format.format(numbers[name] ?? 0));
}
