const longestPauseSeconds = 15;

/**
 * Follows an event stream until `close()`: after a failure it opens it again where it stopped, after 1, 2, 4 … 15
 * seconds, at once when the network comes back, and when the page returns from the back-forward cache. The browser's own
 * retry is not used because it would ask for the position of the first request again.
 * @param {object} feed
 * @param {string} feed.src
 * @param {string} feed.position where to start in the source text; '' from the beginning
 * @param {Record<string, (data: any) => void>} feed.events a function per event name, given the parsed data
 * @param {(lost: boolean) => void} feed.onState
 * @returns {{ close(): void }}
 */
export function openFeed({ src, position, events, onState }) {
  let last = position;
  let failures = 0;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const listening = new AbortController();

  function connect() {
    hangUp();
    source = new EventSource(last === '' ? src : `${src}?after=${encodeURIComponent(last)}`);
    source.onopen = () => {
      failures = 0;
      onState(false);
    };
    source.onerror = (event) => {
      hangUp();
      // An `error` that the server sent: what was followed is not there any more.
      if (event instanceof MessageEvent && JSON.parse(event.data).code === 'not_found') return;
      onState(true);
      timer = setTimeout(connect, Math.min(2 ** failures++, longestPauseSeconds) * 1000);
    };
    for (const [name, receive] of Object.entries(events)) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        receive(JSON.parse(event.data));
      });
    }
  }

  function hangUp() {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  const { signal } = listening;
  addEventListener('online', () => source || connect(), { signal });
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
