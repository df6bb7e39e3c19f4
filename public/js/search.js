import { createHitList } from './lib/search/hit-list.js';

/** After the last letter: nobody reads what comes between two. */
const PAUSE_MS = 120;
const MAX_HITS = 8;

/** @typedef {import('./lib/search/hit-list.js').Hit} Hit */

/**
 * Searches while one types, and shows the hits below the box: a combobox with a list, which the arrow keys go through.
 * Enter without a chosen hit opens the page of all hits.
 * @param {HTMLFormElement} form @param {HTMLInputElement} input
 */
export function searchWhileTyping(form, input) {
  const list = createHitList(form, input);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let request = new AbortController();

  const search = async () => {
    request.abort();
    request = new AbortController();
    const query = input.value.trim();
    if (query === '') return list.close();
    const url = `/search?${new URLSearchParams({ q: query, limit: String(MAX_HITS) })}`;
    try {
      const headers = { accept: 'application/json' };
      const response = await fetch(url, { headers, signal: request.signal });
      if (!response.ok) return list.close();
      /** @type {{ hits: Hit[], next_cursor: string | null }} */
      const found = await response.json();
      list.show(found.hits, { hasMore: found.next_cursor !== null });
    } catch {
      // Aborted by the next letter, or offline: the form itself then says what is wrong.
    }
  };

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void search(), PAUSE_MS);
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const isHandled = list.handleKey(event.key);
    if (isHandled) event.preventDefault();
    // Otherwise it would also stop an answer, or close the sidebar.
    if (isHandled && event.key === 'Escape') event.stopPropagation();
  });
  input.addEventListener('focus', () => void search());
  form.addEventListener('focusout', (event) => {
    if (!(event.relatedTarget instanceof Node && form.contains(event.relatedTarget))) list.close();
  });
  // What was typed while this program was on its way.
  void search();
}
