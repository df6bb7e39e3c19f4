import { isInputMethodKey } from '../input-method.js';
import { announce, isTouch, uiText } from '../page.js';
import { createCatalogue, markFavourite } from './catalogue.js';
import { placeSheet } from './place.js';
import { createSheet } from './sheet.js';

/** Keys that move through the list, wherever in it the focus is. @type {Record<string, Parameters<import('./sheet.js').Sheet['move']>[0]>} */
const steps = {
  ArrowDown: 'next',
  ArrowUp: 'previous',
  PageDown: 'page-down',
  PageUp: 'page-up',
  Home: 'first',
  End: 'last',
};

/** Puts a list that is searched by typing in the place of each list of models on the page. */
export function offerModels() {
  const template = document.getElementById('model-sheet');
  if (!(template instanceof HTMLTemplateElement)) return;
  /** @type {Record<string, string>} */
  const words = JSON.parse(template.dataset.words ?? '{}');
  const load = createCatalogue();
  for (const select of document.querySelectorAll('[data-model-picker] select'))
    if (select instanceof HTMLSelectElement) enhance(select, { template, words, load });
}

/**
 * @param {HTMLSelectElement} select stays, hidden, as the field that the form sends
 * @param {{ template: HTMLTemplateElement, words: Record<string, string>, load: ReturnType<typeof createCatalogue> }} parts
 */
function enhance(select, { template, words, load }) {
  const button = createButton(select);
  const sheet = createSheet(button.id, template, words);
  button.after(sheet.element);

  const draw = () =>
    load().then(
      (catalogue) => sheet.show(catalogue, select.value),
      () => sheet.say(words.failed ?? ''),
    );
  const close = () => {
    sheet.element.hidePopover();
    button.focus();
  };
  const choose = (/** @type {HTMLElement | undefined} */ row) => {
    if (!row) return;
    select.dataset.thinks = row.dataset.thinks ?? 'false';
    setValue(select, row.dataset.model ?? '', row.querySelector('.model-label')?.textContent ?? '');
    close();
  };

  button.addEventListener('click', () => {
    sheet.field.value = '';
    sheet.say(words.loading ?? '');
    sheet.element.showPopover();
    placeSheet(sheet.element, button);
    if (isTouch()) sheet.element.focus();
    else sheet.field.focus();
    void draw();
  });
  sheet.element.addEventListener('toggle', (event) =>
    button.setAttribute('aria-expanded', String(/** @type {ToggleEvent} */ (event).newState === 'open')),
  );
  sheet.field.addEventListener('input', draw);
  listenToKeys(sheet, choose);
  listenToClicks(sheet, { choose, close, load });
}

/** The button that says which model is chosen. @param {HTMLSelectElement} select */
function createButton(select) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = `model-button ${select.className}`;
  button.autofocus = select.autofocus;
  button.id = select.id;
  select.id = `${button.id}-value`;
  select.hidden = true;
  select.autofocus = false;
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-expanded', 'false');
  const text = document.createElement('span');
  text.id = `${button.id}-text`;
  button.append(text);
  const label = document.querySelector(`label[for="${button.id}"]`);
  if (label) {
    label.id = `${button.id}-label`;
    button.setAttribute('aria-labelledby', `${label.id} ${text.id}`);
  }
  const showChoice = () => (text.textContent = select.selectedOptions[0]?.textContent ?? '');
  select.addEventListener('change', showChoice);
  addEventListener('pageshow', showChoice);
  showChoice();
  select.after(button);
  return button;
}

/** @param {HTMLSelectElement} select @param {string} name @param {string} label */
function setValue(select, name, label) {
  if (![...select.options].some(({ value }) => value === name)) select.add(new Option(label, name));
  select.value = name;
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

/** @param {import('./sheet.js').Sheet} sheet @param {(row: HTMLElement | undefined) => void} choose */
function listenToKeys(sheet, choose) {
  sheet.element.addEventListener('keydown', (event) => {
    if (isInputMethodKey(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOnStar = event.target instanceof Element && event.target.matches('.model-star');
    const step = steps[event.key];
    if (step) {
      const row = sheet.move(step);
      const star = row?.querySelector('.model-star');
      if (isOnStar && star instanceof HTMLElement) star.focus();
      event.preventDefault();
    } else if (event.key === 'Enter' && event.target === sheet.field) {
      // Not the form that the list stands in.
      event.preventDefault();
      choose(sheet.active());
    }
  });
}

/**
 * @param {import('./sheet.js').Sheet} sheet
 * @param {{ choose(row: HTMLElement | undefined): void, close(): void, load: ReturnType<typeof createCatalogue> }} acts
 */
function listenToClicks(sheet, { choose, close, load }) {
  sheet.element.addEventListener('click', async ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.closest('[data-close]')) return close();
    const row = target.closest('.model-row');
    if (!(row instanceof HTMLElement)) return;
    const star = target.closest('.model-star');
    if (!star) return choose(row);
    const { models, favourites } = await load();
    const model = models.find(({ name }) => name === row.dataset.model);
    if (!model) return;
    const wanted = !model.favourite;
    star.setAttribute('aria-pressed', String(wanted));
    if (!(await markFavourite(model.name, wanted))) {
      star.setAttribute('aria-pressed', String(!wanted));
      return announce(uiText().not_saved);
    }
    model.favourite = wanted;
    if (wanted) favourites.push(model.name);
    else favourites.splice(favourites.indexOf(model.name), 1);
  });
}
