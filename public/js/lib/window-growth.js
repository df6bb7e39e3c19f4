import { addCopyButtons } from './copy.js';
import { toNodes } from './page.js';

/** So far before its end is in sight the next part is fetched. */
const ahead = '800px';

/** A long conversation grows at both ends while one scrolls; where that fails, the links stay. */
export function growWindow() {
  const list = document.getElementById('messages');
  if (!list) return;
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (isIntersecting && target instanceof HTMLAnchorElement) void grow(list, target);
    },
    { rootMargin: `${ahead} 0px` },
  );

  /** @param {HTMLElement} list @param {HTMLAnchorElement} link */
  async function grow(list, link) {
    watcher.unobserve(link);
    const part = await fetchPart(link.href);
    if (!part) return;
    const isEarlier = link.closest('.earlier') !== null;
    const next = part.querySelector(isEarlier ? '.earlier' : '.later');
    const parts = [...part.children].filter(
      (one) => !one.matches('.earlier, .later, .newest') && !document.getElementById(one.id),
    );
    for (const one of parts) addCopyButtons(one);
    if (isEarlier) keepPlace(list, () => list.prepend(...parts));
    else list.append(...parts);
    // At the end of the branch the composer is missing, so the link to the page that has it stays.
    if (next) link.closest('p')?.replaceWith(next);
    else link.closest('p')?.remove();
    watch();
  }

  function watch() {
    for (const link of document.querySelectorAll('.earlier a, .later a')) watcher.observe(link);
  }

  // First the browser finds the place that the address names.
  requestAnimationFrame(() => requestAnimationFrame(watch));
}

/** @param {string} url @returns {Promise<DocumentFragment | undefined>} */
async function fetchPart(url) {
  try {
    const response = await fetch(url, { headers: { accept: 'text/html', 'x-fragment': '1' } });
    return response.ok ? toNodes(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** What is read stays where it is while something comes in above it. @param {Element} list @param {() => void} change */
function keepPlace(list, change) {
  const anchor = list.firstElementChild;
  const before = anchor?.getBoundingClientRect().top ?? 0;
  const root = document.documentElement;
  root.style.overflowAnchor = 'none';
  change();
  scrollBy({ top: (anchor?.getBoundingClientRect().top ?? 0) - before, behavior: 'instant' });
  requestAnimationFrame(() => (root.style.overflowAnchor = ''));
}
