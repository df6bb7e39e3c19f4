import { isInputMethodKey } from './input-method.js';

/**
 * The keys that work anywhere on a page; the dialog behind `?` lists them.
 * @param {{ stop(): boolean, focus(): boolean }} composer
 * @param {{ go(key: string): boolean, find(): boolean }} outline
 */
export function listenToKeys(composer, outline) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || isInputMethodKey(event)) return;
    const act = action(event, composer, outline);
    if (act?.() !== false && act) event.preventDefault();
  });
}

/**
 * @param {KeyboardEvent} event @param {{ stop(): boolean, focus(): boolean }} composer
 * @param {{ go(key: string): boolean, find(): boolean }} outline
 * @returns {(() => unknown) | undefined} what to do; returning `false` leaves the key to the browser
 */
function action(event, composer, outline) {
  const isTyping =
    event.target instanceof Element && event.target.closest('input, select, textarea, [contenteditable]');
  const isOverlaid = document.querySelector('dialog[open], :popover-open') !== null;
  if (event.key === 'Escape') return isOverlaid ? undefined : () => composer.stop();
  if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === 'o') {
    return () => location.assign('/');
  }
  if (isTyping || isOverlaid || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === '/') return () => composer.focus();
  if (event.key === 'f') return () => outline.find();
  if (event.key === '?') return () => openDialog('shortcuts');
  if (/^(g|\d|Enter)$/.test(event.key)) return () => outline.go(event.key);
  return undefined;
}

/**
 * Opens a dialog of the page; without it the answer is `false`.
 * @param {string} id
 */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement)) return false;
  dialog.showModal();
  return true;
}
