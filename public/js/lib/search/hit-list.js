/** @typedef {{ kind: string, title: string, excerpt: string, url: string }} Hit */

/**
 * The list of hits under a search box. Focus stays in the box; the chosen hit is told by `aria-activedescendant`.
 * @param {HTMLFormElement} form @param {HTMLInputElement} input
 */
export function createHitList(form, input) {
  const list = document.createElement('div');
  list.id = 'search-hit-list';
  list.className = 'search-hit-list';
  list.role = 'listbox';
  list.popover = 'manual';
  list.setAttribute('aria-label', form.dataset['hitsLabel'] ?? '');
  form.append(list);
  input.role = 'combobox';
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('aria-expanded', 'false');
  // A press must not take the focus away before the link is followed.
  list.addEventListener('mousedown', (event) => event.preventDefault());

  const options = () => [...list.querySelectorAll('a')];
  const chosen = () => options().findIndex((option) => option.getAttribute('aria-selected') === 'true');

  /** @param {number} index */
  function choose(index) {
    for (const [i, option] of options().entries()) option.setAttribute('aria-selected', String(i === index));
    const option = options()[index];
    if (option) input.setAttribute('aria-activedescendant', option.id);
    else input.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  }

  function close() {
    if (list.matches(':popover-open')) list.hidePopover();
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  return {
    close,
    /** @param {Hit[]} hits @param {{ hasMore: boolean }} more */
    show(hits, { hasMore }) {
      list.replaceChildren(...hits.map(optionOf));
      const announcer = document.getElementById('announcer');
      const count = `${hits.length}${hasMore ? '+' : ''}`;
      if (announcer) announcer.textContent = (form.dataset['hitsCount'] ?? '').replace('#', count);
      if (hits.length === 0 || document.activeElement !== input) return close();
      list.style.insetBlockStart = `${input.getBoundingClientRect().bottom + 4}px`;
      if (!list.matches(':popover-open')) list.showPopover();
      input.setAttribute('aria-expanded', 'true');
    },
    /** @param {string} key @returns {boolean} whether the key was for the list */
    handleKey(key) {
      if (!list.matches(':popover-open')) return false;
      const count = options().length;
      if (key === 'ArrowDown') choose((chosen() + 1) % count);
      else if (key === 'ArrowUp') choose((Math.max(chosen(), 0) + count - 1) % count);
      else if (key === 'Escape') close();
      else if (key === 'Enter' && chosen() >= 0) options()[chosen()]?.click();
      else return false;
      return true;
    },
  };
}

/** @param {Hit} hit @param {number} index */
function optionOf(hit, index) {
  const option = document.createElement('a');
  option.id = `search-hit-${index}`;
  option.className = 'search-hit';
  option.role = 'option';
  option.tabIndex = -1;
  option.href = hit.url;
  option.setAttribute('aria-selected', 'false');
  const text = document.createElement('span');
  text.className = 'search-hit-text';
  const title = document.createElement('span');
  title.className = 'row-title';
  title.dir = 'auto';
  title.textContent = hit.title;
  const excerpt = document.createElement('span');
  excerpt.className = 'search-excerpt';
  excerpt.dir = 'auto';
  // Escaped by the server, but for the marks around words.
  excerpt.innerHTML = hit.excerpt;
  text.append(title, excerpt);
  option.append(text);
  return option;
}
