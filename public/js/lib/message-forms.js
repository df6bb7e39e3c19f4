import { copyFiles } from './attachments/message-files.js';
import { openTray } from './attachments/tray.js';
import { newClientId } from './sending.js';

/** Whether a form stands in the place of this message: what is typed there must not be drawn over. @param {Element} article */
export const hasOpenForm = (article) => article.querySelector(':scope > [data-message-form]') !== null;

/** Opens the form of a message in its place, where the link would load the page with it. */
export function openMessageForms() {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest('[data-open-form]');
    const cancel = event.target.closest('[data-message-form].is-copy [data-cancel]');
    if (cancel) close(cancel);
    else if (!(link instanceof HTMLElement) || !open(link)) return;
    event.preventDefault();
  });
  document.addEventListener(
    'keydown',
    (event) => {
      const isInForm = event.target instanceof Element && event.target.closest('[data-message-form]');
      if (!isInForm || event.key !== 'Escape' || event.isComposing) return;
      // What stops an answer elsewhere only closes the form here.
      event.preventDefault();
      isInForm
        .querySelector('[data-cancel]')
        ?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
    },
    true,
  );
}

/** @param {HTMLElement} link @returns {boolean} whether there is a form to copy */
function open(link) {
  const article = link.closest('article');
  const template = document.getElementById(link.dataset.openForm ?? '');
  if (!article || !(template instanceof HTMLTemplateElement)) return false;
  closeOthers();
  const form = template.content.querySelector('form')?.cloneNode(true);
  if (!(form instanceof HTMLFormElement)) return false;
  form.classList.add('is-copy');
  form.action = link.dataset.action ?? '';
  const clientId = form.elements.namedItem('client_id');
  if (clientId instanceof HTMLInputElement) clientId.value = newClientId();
  const field = form.querySelector('textarea');
  if (field?.name === 'content') field.value = article.querySelector('.bubble')?.textContent ?? '';
  copyFiles(article, form);
  article.classList.add('is-edited');
  article.append(form);
  openTray(form);
  form.querySelector(':is(textarea, input:not([type=hidden]), button)')?.scrollIntoView({ block: 'nearest' });
  field?.focus({ preventScroll: true });
  return true;
}

/** One form at a time: their fields have the same ids. */
function closeOthers() {
  for (const cancel of document.querySelectorAll('[data-message-form].is-copy [data-cancel]')) close(cancel);
}

/** @param {Element} cancel */
function close(cancel) {
  const article = cancel.closest('article');
  cancel.closest('form')?.remove();
  article?.classList.remove('is-edited');
  const link = article?.querySelector('[data-open-form]');
  if (link instanceof HTMLElement) link.focus({ preventScroll: true });
}
