import { toNodes } from './page.js';

/** Another image model takes other options: fetches and exchanges them, keeping the choices that still exist. */
export function offerImageOptions() {
  const model = document.querySelector('select[data-options-for]');
  if (!(model instanceof HTMLSelectElement)) return;
  let asked = 0;
  model.addEventListener('change', async () => {
    const turn = ++asked;
    const answer = await fetch(`/images?model=${encodeURIComponent(model.value)}&fragment=options`, {
      headers: { accept: 'text/html' },
    }).catch(() => undefined);
    if (!answer?.ok || turn !== asked) return;
    const fresh = toNodes(await answer.text());
    const options = document.getElementById(model.dataset.optionsFor ?? '');
    if (!options || !fresh.querySelector('fieldset')) return;
    keepChoices(options, fresh);
    options.replaceWith(fresh);
  });
}

/** @param {ParentNode} before @param {ParentNode} after */
function keepChoices(before, after) {
  for (const field of after.querySelectorAll('select, input')) {
    if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement)) continue;
    const old = before.querySelector(`[name="${field.name}"]`);
    if (!(old instanceof HTMLSelectElement || old instanceof HTMLInputElement)) continue;
    const fresh = field.value;
    field.value = old.value;
    // A select is empty after a value that it does not offer, a number is invalid beyond its bounds.
    if (!field.checkValidity() || (field instanceof HTMLSelectElement && field.value === ''))
      field.value = fresh;
  }
}
