/** @typedef {'live' | 'lost' | 'signed-out' | 'paused'} StreamState */
/** @typedef {{ name: string, data: any, id: string }} StreamEvent */

const longestPauseSeconds = 15;
const names = ['block', 'tail', 'status', 'reasoning', 'done', 'progress', 'message', 'removed', 'title'];

/**
 * An event stream that is opened again after a failure, after 1, 2, 4 … 15 seconds, and at once when the network changes.
 * After a sign-out, or with too many streams, it stays closed until the person looks at the page again. The
 * browser's own retry is not used because it would ask for the positions of the first request again.
 * @param {object} stream
 * @param {() => string} stream.address the URL to connect to now; '' for none
 * @param {(event: StreamEvent) => void} stream.onEvent
 * @param {(state: StreamState) => void} stream.onState
 * @returns {{ connect(): void, look(): void, close(): void }} `look`: the person is looking
 */
export function openEventStream({ address, onEvent, onState }) {
  let failures = 0;
  /** @type {StreamState} */
  let state = 'live';
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const listening = new AbortController();
  const { signal } = listening;

  /** @param {StreamState} next */
  function tell(next) {
    state = next;
    onState(next);
  }

  function connect() {
    hangUp();
    const url = address();
    if (!url) return;
    source = new EventSource(url);
    source.onopen = () => {
      failures = 0;
      tell('live');
    };
    source.onerror = (event) => (event instanceof MessageEvent ? refused(JSON.parse(event.data)) : lose(url));
    for (const name of names)
      source.addEventListener(name, (event) =>
        onEvent({ name, data: JSON.parse(event.data), id: event.lastEventId }),
      );
  }

  /**
   * An `error` that the server sent: about one thing, which is gone or has to be asked for again, or about the stream.
   * @param {{ for?: string, code: string }} problem
   */
  function refused(problem) {
    if (problem.for !== undefined) {
      if (problem.code !== 'not_found') retryLater();
      return;
    }
    hangUp();
    tell('paused');
  }

  /** @param {string} url */
  function lose(url) {
    hangUp();
    retryLater();
    tell(state === 'signed-out' ? state : 'lost');
    void askWhy(url);
  }

  function retryLater() {
    clearTimeout(timer);
    timer = setTimeout(connect, Math.min(2 ** failures++, longestPauseSeconds) * 1000);
  }

  /**
   * An event source does not say why it failed; a HEAD request for the same URL does.
   * @param {string} url
   */
  async function askWhy(url) {
    const answer = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
    if (answer?.status !== 401 || source || signal.aborted) return;
    clearTimeout(timer);
    tell('signed-out');
  }

  function hangUp() {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  }

  // A connection over a lost network stays silent for minutes; one to this machine goes on without a network.
  addEventListener('online', connect, { signal });
  addEventListener('offline', connect, { signal });

  return {
    connect,
    look: () => {
      if (state === 'signed-out' || state === 'paused') connect();
    },
    close() {
      listening.abort();
      hangUp();
    },
  };
}
