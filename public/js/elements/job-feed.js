import { announce, showFeedState, uiText } from '../lib/page.js';

/**
 * Images while they are made: each event brings the whole partial, which replaces the one before.
 * @param {import('../lib/cross-tab.js').Events} events
 */
export const jobFeed = (events) =>
  class JobFeed extends HTMLElement {
    #unfollow = () => {};
    /** What the last event brought: a stream that is opened anew for another tab tells every job again. */
    #html = '';

    connectedCallback() {
      this.#unfollow = events.follow({
        kind: 'job',
        id: this.getAttribute('job') ?? '',
        position: () => '',
        receive: (name, { html }) => this.receive(name, html),
        onState: (state) => showFeedState(this, state),
      });
    }

    disconnectedCallback() {
      this.#unfollow();
    }

    /** @param {string} name @param {string} html */
    receive(name, html) {
      if (html !== this.#html) this.show(html);
      this.#html = html;
      if (name !== 'done') return;
      this.#unfollow();
      announce(this.querySelector('[data-ending]')?.textContent?.trim() || uiText().images);
      refreshLibrary().catch(() => undefined);
    }

    /** Keeps the focus on the job when the button that had it is gone. @param {string} html */
    show(html) {
      const content = this.querySelector('[data-content]');
      if (!(content instanceof HTMLElement)) return;
      const hadFocus = content.contains(document.activeElement);
      content.innerHTML = html;
      if (!hadFocus) return;
      content.tabIndex = -1;
      (content.querySelector('button') ?? content).focus({ preventScroll: true });
    }
  };

/** On the page of images a finished job moves into the library; what else runs there goes on undisturbed. */
async function refreshLibrary() {
  const library = document.querySelector('.library');
  if (!library || document.querySelector('job-feed .spinner')) return;
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const jobs = fresh.querySelector('.jobs');
  if (jobs) document.querySelector('.jobs')?.replaceWith(jobs);
  else document.querySelector('.jobs')?.remove();
  library.replaceWith(fresh.querySelector('.library') ?? library);
}
