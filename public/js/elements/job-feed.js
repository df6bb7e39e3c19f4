import { openFeed } from '../lib/feed.js';
import { announce, feedSentence, words } from '../lib/page.js';

/** Pictures while they are made: each event brings the whole partial, which replaces the one before. */
export class JobFeed extends HTMLElement {
  connectedCallback() {
    this.feed = openFeed({
      src: this.getAttribute('src') ?? '',
      position: '',
      events: {
        progress: ({ html }) => this.show(html),
        done: ({ html }) => {
          this.feed.close();
          this.show(html);
          announce(this.querySelector('[data-ending]')?.textContent?.trim() || words().pictures);
          refreshLibrary().catch(() => undefined);
        },
      },
      onState: (state) => {
        const place = this.querySelector('[data-offline]');
        place.hidden = state === 'live';
        if (state !== 'live') place.lastElementChild?.replaceChildren(...feedSentence(state));
      },
    });
  }

  disconnectedCallback() {
    this.feed.close();
  }

  /** Keeps the focus on the job when the button that had it is gone. */
  show(html) {
    const content = this.querySelector('[data-content]');
    const hadFocus = content.contains(document.activeElement);
    content.innerHTML = html;
    if (!hadFocus) return;
    content.tabIndex = -1;
    (content.querySelector('button') ?? content).focus({ preventScroll: true });
  }
}

/** On the page of pictures a finished job moves into the library; what else runs there goes on undisturbed. */
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
