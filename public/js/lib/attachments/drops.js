const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;

/** Files may be dropped anywhere on the page: the form below them takes them, else one that is open, else the composer. */
export function watchDrops() {
  document.addEventListener('dragover', (event) => {
    if (!holdsFiles(event) || !formAt(event)) return;
    event.preventDefault();
    document.body.classList.add('is-dropping');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.classList.remove('is-dropping');
  });
  document.addEventListener('drop', (event) => {
    document.body.classList.remove('is-dropping');
    const form = holdsFiles(event) ? formAt(event) : null;
    if (!form) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    form.dispatchEvent(new CustomEvent('salon:files', { detail: files }));
  });
}

/** @param {DragEvent} event @returns {Element | null} */
function formAt({ target }) {
  const below = target instanceof Element ? target.closest('form:has([data-tray])') : null;
  const open = document.querySelector('[data-message-form]:has([data-tray])');
  return below ?? open ?? document.querySelector('#composer:has([data-tray])');
}
