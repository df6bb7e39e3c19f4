import { openFeed } from '../lib/feed.js';
import { announce, words } from '../lib/page.js';

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
          announce(words().pictures);
        },
      },
      onState: (lost) => {
        this.querySelector('[data-offline]').hidden = !lost;
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
