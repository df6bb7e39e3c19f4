import { addCopyButtons } from './copy.js';
import { showTitle } from './conversation-title.js';
import { hasOpenForm } from './message-forms.js';
import { announce, toNodes, uiText } from './page.js';
import { createPending, drawPending } from './pending-message.js';

/** @typedef {{ id: string, parent_id: string | null }} Message */
/** @typedef {import('./pending-message.js').Pending} Pending */

const isRunning = (/** @type {Element} */ article) => article.querySelector('reply-feed, job-feed') !== null;
const idOf = (/** @type {string} */ messageId) => `message-${messageId}`;

/**
 * Puts the server's piece of a page in the place of a message. The focus stays in it; how an answer ended is said.
 * @param {Element} article
 * @param {Element} fresh
 */
export function replaceMessage(article, fresh) {
  const hadFocus = article.contains(document.activeElement);
  const hasEnded = article.querySelector('reply-feed') !== null && !isRunning(fresh);
  addCopyButtons(fresh);
  article.replaceWith(fresh);
  if (hadFocus && fresh instanceof HTMLElement) {
    fresh.tabIndex = -1;
    fresh.focus({ preventScroll: true });
  }
  // How it ended stands below the answer; where nothing does, it is whole.
  if (hasEnded) announce(fresh.querySelector('[data-ending]')?.textContent?.trim() || uiText().finished);
}

/**
 * The messages of the conversation on this page: what is said anywhere comes in once, in its place.
 * @param {HTMLElement} list
 */
export function openMessages(list) {
  /** Messages that arrived before the one above them. @type {Map<string, { message: Message, fresh: Element }>} */
  const early = new Map();
  /** @type {Pending | undefined} */
  let pending;
  /** Those whose answer got lost, by client id: the stream may still bring them. @type {Map<string, Pending>} */
  const unanswered = new Map();

  const last = () => [...list.children].findLast((one) => one !== pending?.article);
  const childOf = (/** @type {string} */ id) =>
    list.querySelector(`:scope > [data-parent="${CSS.escape(id)}"]`);

  /**
   * Puts in a message that goes on from the last one shown, or that one shown goes on from. One of another branch stays
   * away. @param {Message} message @param {Element} fresh @returns {boolean}
   */
  function insert({ id, parent_id: parentId }, fresh) {
    const above = parentId ? document.getElementById(idOf(parentId)) : null;
    const below = childOf(id);
    const end = last();
    if (below) {
      if (above) removeBetween(above, below);
      below.before(fresh);
    } else if (end ? end === above : !parentId) {
      if (end) end.after(fresh);
      else list.prepend(fresh);
    } else return false;
    addCopyButtons(fresh);
    return true;
  }

  function insertEarly() {
    for (const [id, { message, fresh }] of early) {
      if (!insert(message, fresh)) continue;
      early.delete(id);
      return insertEarly();
    }
  }

  return {
    /**
     * The id of the last answer shown, from which the next question goes on; '' while that is not known, and undefined in a
     * conversation without messages.
     */
    endId() {
      const end = last();
      if (!end) return undefined;
      return end.matches('.assistant') && unanswered.size === 0 ? end.id.slice(idOf('').length) : '';
    },

    /**
     * A message was said or changed. @param {Message} message @param {string} html as the page draws it
     * @param {string | null} clientId what its sender called it
     */
    receive(message, html, clientId) {
      const fresh = toNodes(html).firstElementChild;
      if (!fresh) return;
      const shown = document.getElementById(idOf(message.id));
      if (shown) {
        addCopyButtons(fresh);
        const isSame = shown.innerHTML === fresh.innerHTML || (isRunning(shown) && isRunning(fresh));
        if (!isSame && !hasOpenForm(shown)) replaceMessage(shown, fresh);
      } else if (pending && clientId === pending.clientId) {
        putInPlace(pending.article, fresh);
        pending.markStored();
      } else if (!insert(message, fresh)) early.set(message.id, { message, fresh });
      unanswered.get(clientId ?? '')?.markStored();
      unanswered.delete(clientId ?? '');
      insertEarly();
    },

    /**
     * Messages were taken back; what goes on from them moves up. @param {readonly string[]} ids
     */
    remove(ids) {
      for (const id of ids) {
        const gone = document.getElementById(idOf(id));
        if (!gone) continue;
        for (const child of list.querySelectorAll(`:scope > [data-parent="${CSS.escape(id)}"]`))
          child.setAttribute('data-parent', gone.getAttribute('data-parent') ?? '');
        gone.remove();
      }
    },

    /**
     * Shows a message that is on its way. @param {string} text @param {string} clientId @returns {Pending}
     */
    showPending(text, clientId) {
      const article = drawPending(text);
      list.append(article);
      return (pending = createPending(article, clientId));
    },

    /**
     * The answer to a message on its way came, or none: `html` is what the server says in its place.
     * @param {Pending} sent @param {string} html
     */
    settlePending(sent, html) {
      const place = sent.article;
      if (pending === sent) pending = undefined;
      if (!html && !sent.isStored) unanswered.set(sent.clientId, sent);
      for (const fresh of [...toNodes(html).children]) {
        // The stream may have brought it before the answer came.
        if (document.getElementById(fresh.id)) continue;
        addCopyButtons(fresh);
        fresh.classList.add('is-new');
        if (place.isConnected && !fresh.matches('.assistant')) putInPlace(place, fresh);
        else if (pending?.article.isConnected) pending.article.before(fresh);
        else list.append(fresh);
      }
      place.remove();
      insertEarly();
    },
  };
}

/** @typedef {ReturnType<typeof openMessages>} Messages */

/** What stands between belongs to a version that the conversation does not go on from. @param {Element} above @param {Element} below */
function removeBetween(above, below) {
  while (below.previousElementSibling && below.previousElementSibling !== above)
    below.previousElementSibling.remove();
}

/** A message on its way is stored, perhaps beside one that came from elsewhere meanwhile. @param {Element} place @param {Element} fresh */
function putInPlace(place, fresh) {
  const above = document.getElementById(idOf(fresh.getAttribute('data-parent') ?? ''));
  place.replaceWith(fresh);
  if (above) removeBetween(above, fresh);
}

/**
 * Follows the conversation of this page, wherever it goes on.
 * @param {import('./cross-tab.js').Events} events
 * @returns {Messages | undefined} undefined on a page without one
 */
export function followConversation(events) {
  const list = document.getElementById('messages');
  const { conversation, position: drawnAt } = list?.dataset ?? {};
  if (!list || !conversation || !drawnAt) return undefined;
  const messages = openMessages(list);
  let position = drawnAt;
  events.follow({
    kind: 'conversation',
    id: conversation,
    position: () => position,
    receive(name, data, next) {
      if (name === 'removed') messages.remove(data.message_ids);
      if (name === 'title') showTitle(conversation, data.title);
      if (name !== 'message') return;
      position = next || position;
      messages.receive(data.message, data.html, data.client_id);
    },
  });
  return messages;
}
