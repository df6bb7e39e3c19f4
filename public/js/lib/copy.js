import { announce, icon, uiText } from './page.js';

/** How long a button says that it has copied. */
const thanksMs = 2000;

/**
 * Gives every code block under `root` its copy button.
 * @param {ParentNode} root
 */
export function addCopyButtons(root) {
  for (const caption of root.querySelectorAll('figure.code > figcaption')) {
    if (caption.querySelector('.copy')) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.dataset.copy = '';
    const label = document.createElement('span');
    label.textContent = uiText().copy;
    button.append(icon('copy'), label);
    caption.append(button);
  }
}

/** Makes all copy buttons work, also those that appear later. */
export function watchCopyButtons() {
  document.addEventListener('click', async (event) => {
    const button =
      event.target instanceof Element && event.target.closest('[data-copy], [data-copy-message]');
    if (!button) return;
    const source = button.matches('[data-copy]')
      ? button.closest('figure')?.querySelector('code')
      : button.closest('article')?.querySelector('.prose');
    if (source && (await copyText(source))) thank(button);
  });
}

/**
 * Copies what a reader would select. Without a secure context (plain http in a home network) there is no clipboard
 * object, so the selection itself is copied.
 * @param {Element} source
 * @returns {Promise<boolean>}
 */
async function copyText(source) {
  const selection = getSelection();
  if (!selection) return false;
  const before = selection.rangeCount ? selection.getRangeAt(0) : undefined;
  selection.selectAllChildren(source);
  const copied = await (navigator.clipboard
    ? navigator.clipboard.writeText(selection.toString().trimEnd()).then(
        () => true,
        () => document.execCommand('copy'),
      )
    : document.execCommand('copy'));
  selection.removeAllRanges();
  if (before) selection.addRange(before);
  return copied;
}

/** @param {Element} button */
function thank(button) {
  const use = button.querySelector('use');
  const label = button.querySelector('span');
  const swap = (/** @type {string} */ name, /** @type {string} */ text) => {
    use?.setAttribute('href', `${use.getAttribute('href')?.split('#')[0]}#${name}`);
    if (label) label.textContent = text;
  };
  announce(uiText().copied);
  swap('check', uiText().copied);
  setTimeout(() => swap('copy', uiText().copy), thanksMs);
}
