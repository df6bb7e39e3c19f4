/** Shows how long a model may think only while a model is chosen that can be told. */
export function watchEffort() {
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLSelectElement) || target.dataset.thinks === undefined) return;
    const field = target.form?.querySelector('[data-effort]');
    if (!(field instanceof HTMLElement)) return;
    const thinks = target.dataset.thinks === 'true';
    field.hidden = !thinks;
    for (const select of field.querySelectorAll('select')) select.disabled = !thinks;
  });
}
