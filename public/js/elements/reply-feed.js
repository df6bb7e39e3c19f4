import { addCopyButtons } from '../lib/copy.js';
import { openFeed } from '../lib/feed.js';
import { announce, feedSentence, tellRunning, toNodes, words } from '../lib/page.js';

/** After this long without a word, the first or another, the page says so, and that there is a way out. */
const slowAfterMs = 10_000;

/** An answer while it is written: finished blocks are appended, the open one is redrawn, the end replaces the article. */
export class ReplyFeed extends HTMLElement {
  connectedCallback() {
    this.tail = '';
    this.started = false;
    this.blocks = this.find('[data-blocks]');
    this.open = this.find('[data-tail]');
    this.waiting = this.find('[data-waiting]');
    this.feed = openFeed({
      src: this.getAttribute('src') ?? '',
      position: this.getAttribute('position') ?? '',
      events: {
        block: ({ html }) => this.append(html),
        tail: ({ keep, html }) => this.redraw(this.tail.slice(0, keep) + html),
        status: (status) => this.showStatus(status),
        done: ({ html }) => this.finish(html),
      },
      onState: (state) => this.showState(state),
    });
    this.waiting.hidden = this.hasText();
    this.wait();
    tellRunning();
  }

  disconnectedCallback() {
    this.feed.close();
    clearTimeout(this.slow);
    cancelAnimationFrame(this.frame);
    tellRunning();
  }

  /** @param {string} selector @returns {HTMLElement} */
  find(selector) {
    return this.querySelector(selector);
  }

  hasText() {
    return this.blocks.hasChildNodes() || this.open.hasChildNodes();
  }

  append(html) {
    this.begin();
    this.redraw('');
    this.blocks.insertAdjacentHTML('beforeend', html);
    addCopyButtons(this.blocks);
  }

  /** Draws at most once a frame; clearing is done at once, so that no block is seen twice. */
  redraw(html) {
    this.tail = html;
    cancelAnimationFrame(this.frame);
    if (html === '') return this.open.replaceChildren();
    this.begin();
    this.frame = requestAnimationFrame(() => {
      this.open.innerHTML = this.tail;
    });
  }

  /** Words came: the wait for the next ones begins. */
  begin() {
    this.wait();
    this.waiting.hidden = true;
    if (!this.started) announce(words().started);
    this.started = true;
  }

  wait() {
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.say(words().slow), slowAfterMs);
  }

  showStatus({ text, reset }) {
    if (reset) {
      this.redraw('');
      this.blocks.replaceChildren();
    }
    if (text) this.say(text);
    else if (this.hasText()) this.waiting.hidden = true;
  }

  say(sentence) {
    this.find('[data-waiting-text]').textContent = sentence;
    this.waiting.hidden = false;
  }

  /** A new connection starts with the whole tail again. */
  showState(state) {
    const place = this.find('[data-offline]');
    place.hidden = state === 'live';
    if (state === 'live') {
      this.tail = '';
      return this.wait();
    }
    clearTimeout(this.slow);
    this.waiting.hidden = true;
    place.lastElementChild?.replaceChildren(...feedSentence(state));
  }

  finish(html) {
    const article = this.closest('article') ?? this;
    const fresh = toNodes(html);
    const next = fresh.firstElementChild;
    const hadFocus = article.contains(document.activeElement);
    addCopyButtons(fresh);
    article.replaceWith(fresh);
    if (hadFocus && next instanceof HTMLElement) {
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    }
    // How it ended stands below the answer; where nothing does, it is whole.
    announce(next?.querySelector('[data-ending]')?.textContent?.trim() || words().finished);
  }
}
