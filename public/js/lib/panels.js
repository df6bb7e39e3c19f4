import { openDialog } from './keyboard.js';

/** Buttons that open a dialog or take a notice away. */
export function watchPanels() {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest('[data-open]');
    if (opener instanceof HTMLElement) openDialog(opener.dataset.open ?? '');
    if (event.target.closest('[data-dismiss]')) {
      event.target.closest('.notice')?.remove();
      document.getElementById('main')?.focus({ preventScroll: true });
    }
    // A click beside a dialog lands on the dialog itself, its content being inside.
    if (event.target instanceof HTMLDialogElement && isOutside(event.target, event)) event.target.close();
  });
}

/** @param {Element} dialog @param {MouseEvent} click */
function isOutside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
