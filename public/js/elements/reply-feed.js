import { addCopyButtons } from '../lib/copy.js';
import { replaceMessage } from '../lib/messages.js';
import { announce, showFeedState, tellRunning, toNodes, uiText } from '../lib/page.js';

/** After this long without new text the page says that the model is slow and can be stopped. */
const slowAfterMs = 10_000;

/**
 * An answer while it is written: finished blocks are appended, the open one is redrawn, the end replaces the article.
 * @param {import('../lib/cross-tab.js').Events} events
 */
export const replyFeed = (events) =>
  class ReplyFeed extends HTMLElement {
    #tail = '';
    /** Where in the source text the last finished block on the page ends. */
    #end = 0;
    #hasBegun = false;
    #unfollow = () => {};
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    #slow;
    #frame = 0;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    #clock;
    #blocks = document.createElement('div');
    #open = document.createElement('div');
    #waiting = document.createElement('p');

    connectedCallback() {
      this.#blocks = this.find('[data-blocks]') ?? this.#blocks;
      this.#open = this.find('[data-tail]') ?? this.#open;
      this.#waiting = this.find('[data-waiting]') ?? this.#waiting;
      this.#end = Number(this.getAttribute('end'));
      this.#unfollow = events.follow({
        kind: 'reply',
        id: this.getAttribute('reply') ?? '',
        position: () => String(this.#end),
        receive: (name, data, position) => this.receive(name, data, Number(position)),
        onState: (state) => this.showState(state),
      });
      this.#waiting.hidden = this.hasText();
      this.wait();
      tellRunning();
    }

    disconnectedCallback() {
      this.#unfollow();
      clearTimeout(this.#slow);
      clearInterval(this.#clock);
      cancelAnimationFrame(this.#frame);
      tellRunning();
    }

    /** @param {string} selector @returns {any} */
    find(selector) {
      return this.querySelector(selector);
    }

    hasText() {
      return this.#blocks.hasChildNodes() || this.#open.hasChildNodes();
    }

    /** @param {string} name @param {any} data @param {number} position */
    receive(name, data, position) {
      if (name === 'block') this.appendBlock(data, position);
      else if (name === 'tail') this.redraw(this.#tail.slice(0, data.keep) + data.html);
      else if (name === 'status') this.showStatus(data);
      else if (name === 'reasoning') this.showThinking(data);
      else if (name === 'done') this.finish(data.html);
    }

    /**
     * A stream reopened for another tab repeats blocks that are here, some inside one event with later ones: `cuts` say how
     * much of its HTML who has which of them can leave out.
     * @param {{ html: string, cuts?: [number, number][] }} block @param {number} end
     */
    appendBlock({ html, cuts = [] }, end) {
      if (end <= this.#end) return;
      const [, known] = cuts.findLast(([at]) => at <= this.#end) ?? [0, 0];
      this.#end = end;
      this.begin();
      this.redraw('');
      this.#blocks.insertAdjacentHTML('beforeend', html.slice(known));
      addCopyButtons(this.#blocks);
    }

    /** Draws at most once a frame; clearing is done at once, so that no block is seen twice. @param {string} html */
    redraw(html) {
      this.#tail = html;
      cancelAnimationFrame(this.#frame);
      if (html === '') return this.#open.replaceChildren();
      this.begin();
      this.#frame = requestAnimationFrame(() => {
        this.#open.innerHTML = this.#tail;
      });
    }

    /** Words came: the wait for the next ones begins. */
    begin() {
      this.wait();
      clearInterval(this.#clock);
      this.#waiting.hidden = true;
      if (!this.#hasBegun) announce(uiText().started);
      this.#hasBegun = true;
    }

    wait() {
      clearTimeout(this.#slow);
      this.#slow = setTimeout(() => {
        clearInterval(this.#clock);
        this.say(uiText().slow);
      }, slowAfterMs);
    }

    /** One quiet line, whose clock goes on by itself. @param {{ ms: number, heading?: string }} thinking */
    showThinking({ ms, heading }) {
      const since = performance.now() - ms;
      const show = () =>
        this.say(
          [`${uiText().thinking}, ${clockTime(performance.now() - since)}`, heading]
            .filter(Boolean)
            .join(' · '),
        );
      this.wait();
      clearInterval(this.#clock);
      this.#clock = setInterval(show, 1000);
      show();
    }

    /** @param {{ text?: string, reset?: boolean }} status */
    showStatus({ text, reset }) {
      if (reset) {
        this.#end = 0;
        this.redraw('');
        this.#blocks.replaceChildren();
      }
      clearInterval(this.#clock);
      if (text) this.say(text);
      else if (this.hasText()) this.#waiting.hidden = true;
    }

    /** @param {string} sentence */
    say(sentence) {
      this.find('[data-waiting-text]').textContent = sentence;
      this.#waiting.hidden = false;
    }

    /** @param {import('../lib/event-stream.js').StreamState} state */
    showState(state) {
      showFeedState(this, state);
      if (state === 'live') return this.wait();
      clearTimeout(this.#slow);
      clearInterval(this.#clock);
      this.#waiting.hidden = true;
    }

    /** @param {string} html */
    finish(html) {
      const fresh = toNodes(html).firstElementChild;
      if (fresh) replaceMessage(this.closest('article') ?? this, fresh);
    }
  };

/** Minutes and seconds, as `0:42`. @param {number} ms */
function clockTime(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
