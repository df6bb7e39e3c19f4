import { announce, uiText } from './page.js';
import { reasonOf } from './sending.js';

/** Forms marked `data-in-place` are sent without leaving the page: the event stream brings what they change. */
export function sendFormsInPlace() {
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches('[data-in-place]') || event.defaultPrevented)
      return;
    event.preventDefault();
    const button = form.querySelector('button');
    button?.setAttribute('aria-busy', 'true');
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json' },
    }).catch(() => undefined);
    button?.removeAttribute('aria-busy');
    if (answer?.status === 401) return location.reload();
    if (answer?.ok) return;
    const reason = answer ? await reasonOf(answer) : uiText().not_saved;
    announce(reason);
    showReason(form, reason);
  });
}

/** @param {HTMLFormElement} form @param {string} reason */
function showReason(form, reason) {
  const place = form.parentElement?.querySelector('.form-reason') ?? document.createElement('p');
  place.className = 'form-reason';
  place.textContent = reason;
  form.after(place);
}
