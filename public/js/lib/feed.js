const longestPauseSeconds = 15;

/**
 * Follows an event stream until `close()`: after a failure it opens it again where it stopped, after 1, 2, 4 … 15
 * seconds, at once when the network changes, and when the page returns from the back-forward cache. Who was signed out
 * is not asked for again until the person looks at the page anew. The browser's own retry is not used because it would
 * ask for the position of the first request again.
 * @param {object} feed
 * @param {string} feed.src
 * @param {string} feed.position where to start in the source text; '' from the beginning
 * @param {Record<string, (data: any) => void>} feed.events a function per event name, given the parsed data
 * @param {(state: 'live' | 'lost' | 'signed-out') => void} feed.onState
 * @returns {{ close(): void }}
 */
export function openFeed({ src, position, events, onState }) {
  let last = position;
  let failures = 0;
  let isSignedOut = false;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const listening = new AbortController();
  const { signal } = listening;

  function connect() {
    hangUp();
    source = new EventSource(last === '' ? src : `${src}?after=${encodeURIComponent(last)}`);
    source.onopen = () => {
      failures = 0;
      isSignedOut = false;
      onState('live');
    };
    source.onerror = (event) => {
      hangUp();
      // An `error` that the server sent: what was followed is not there any more.
      if (event instanceof MessageEvent && JSON.parse(event.data).code === 'not_found') return;
      timer = setTimeout(connect, Math.min(2 ** failures++, longestPauseSeconds) * 1000);
      onState(isSignedOut ? 'signed-out' : 'lost');
      void askWhy();
    };
    for (const [name, receive] of Object.entries(events)) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        receive(JSON.parse(event.data));
      });
    }
  }

  /** An event source does not say why it failed; the headers of the same address do. */
  async function askWhy() {
    const answer = await fetch(src, { method: 'HEAD' }).catch(() => undefined);
    if (answer?.status !== 401 || source || signal.aborted) return;
    clearTimeout(timer);
    isSignedOut = true;
    onState('signed-out');
  }

  function hangUp() {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  // A connection over a network that went away stays silent for minutes, and one to this machine goes on without any.
  addEventListener('online', connect, { signal });
  addEventListener('offline', connect, { signal });
  addEventListener('focus', () => isSignedOut && connect(), { signal });
  addEventListener('pagehide', hangUp, { signal });
  addEventListener('pageshow', (event) => event.persisted && connect(), { signal });
  connect();

  return {
    close() {
      listening.abort();
      hangUp();
    },
  };
}
