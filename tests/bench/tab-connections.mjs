/** A request that has no answer after that waits for a connection: Salon answers, or begins to, at once. */
const UNANSWERED_MS = 2000;

/** Watches what the requests of all tabs of a profile waited for before they were sent. */
export function watchConnections(context) {
  const waiting = new Map();
  let longestWaitMs = 0;
  let unanswered = 0;

  /** A request that was given up because its page went away may have waited long too. */
  function forget(request) {
    const since = waiting.get(request);
    waiting.delete(request);
    if (since !== undefined && Date.now() - since > UNANSWERED_MS) unanswered += 1;
  }
  context.on('request', (request) => waiting.set(request, Date.now()));
  context.on('requestfailed', forget);
  context.on('response', (response) => {
    const request = response.request();
    forget(request);
    longestWaitMs = Math.max(longestWaitMs, waitOf(request.timing()));
  });

  return {
    /** Forgets what was before: tabs that open are not what is measured. */
    begin() {
      longestWaitMs = 0;
      unanswered = 0;
    },
    end() {
      const now = Date.now();
      const stuck = [...waiting.values()].filter((since) => now - since > UNANSWERED_MS).length;
      return { longestWaitMs, unanswered: unanswered + stuck };
    },
  };
}

/** From the wish to send until a connection was there or one was begun; 0 for what came from a cache. */
function waitOf({ domainLookupStart, connectStart, requestStart }) {
  const starts = [domainLookupStart, connectStart, requestStart].filter((at) => at >= 0);
  return starts.length > 0 ? Math.min(...starts) : 0;
}
