import { addCopyButtons } from './copy.js';

/** How long the page must have been out of sight before it asks, when it is seen again, what came meanwhile. */
const awayMs = 3000;

/**
 * Brings in what was said in this conversation in another tab or on another device: tabs of this browser tell each
 * other, and a page that was out of sight asks when it is looked at again.
 * @returns {{ tell(): void }} to be called when something was said here
 */
export function watchElsewhere() {
  const list = document.getElementById('messages');
  // An older branch, or a part of a long conversation, is a view that somebody chose.
  if (!list || location.search || typeof BroadcastChannel === 'undefined') return { tell() {} };
  let channel = open();
  let isAsking = false;
  let hiddenSince = 0;

  function open() {
    const opened = new BroadcastChannel(`salon:${location.pathname}`);
    opened.onmessage = look;
    return opened;
  }

  async function look() {
    if (isAsking) return;
    isAsking = true;
    const answer = await fetch(location.pathname, { headers: { accept: 'text/html' } }).catch(
      () => undefined,
    );
    if (answer?.ok && new URL(answer.url).pathname === location.pathname) bringIn(await answer.text());
    isAsking = false;
  }

  /** Puts in each message that is missing after the one before it; where another branch goes on, nothing is changed. */
  function bringIn(html) {
    const page = new DOMParser().parseFromString(html, 'text/html');
    const found = [...page.querySelectorAll('#messages > article')];
    const last = list.lastElementChild;
    if (last && !found.some(({ id }) => id === last.id)) return;
    // What stands before the first one that both have is for the link to earlier messages.
    let before = last ? undefined : null;
    for (const article of found) {
      const shown = document.getElementById(article.id);
      if (shown) before = shown;
      else if (before !== undefined) {
        addCopyButtons(article);
        if (before) before.after(article);
        else list.append(article);
        before = article;
      }
    }
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hiddenSince = Date.now();
    else if (Date.now() - hiddenSince > awayMs) void look();
  });
  // An open channel would keep the page out of the back-forward cache.
  addEventListener('pagehide', () => channel.close());
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    channel = open();
    void look();
  });
  return { tell: () => channel.postMessage('said') };
}
