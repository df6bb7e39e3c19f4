import type { Waiting } from '../provider.ts';

const WINDOW_MS = 60_000;

export type MinuteLimits = { requestsPerMinute?: number | undefined; tokensPerMinute?: number | undefined };

export type Entry = {
  tokens: number;
  signal: AbortSignal;
  /** Let in after everything a person waits for. */
  isBackground?: boolean | undefined;
  onWaiting?: ((waiting: Waiting) => void) | undefined;
};

export type Admission = {
  /** Resolves when the call fits into the window of the last minute. @throws `signal.reason` when aborted */
  admit(entry: Entry): Promise<void>;
  close(): void;
};

type Waiter = Entry & { enter(): void };

/**
 * Requests and tokens a minute over all users, first come first served, calls of people before background ones. One
 * call with more tokens than the limit goes alone through an empty window, so that it is not stuck for ever.
 */
export function createAdmission(limits: MinuteLimits, now: () => number = Date.now): Admission {
  const maxRequests = limits.requestsPerMinute ?? Infinity;
  const maxTokens = limits.tokensPerMinute ?? Infinity;
  const admitted: { at: number; tokens: number }[] = [];
  const waiting: Waiter[] = [];
  let timer: NodeJS.Timeout | undefined;

  /** Milliseconds until a call of that many tokens fits; 0 when it fits now. */
  const delay = (tokens: number): number => {
    const time = now();
    while (admitted[0] && admitted[0].at <= time - WINDOW_MS) admitted.shift();
    let requests = admitted.length;
    let used = admitted.reduce((sum, call) => sum + call.tokens, 0);
    for (const call of [undefined, ...admitted]) {
      if (call) {
        requests -= 1;
        used -= call.tokens;
      }
      if (requests === 0 || (requests < maxRequests && used + tokens <= maxTokens))
        return call ? call.at + WINDOW_MS - time : 0;
    }
    return 0;
  };

  const advance = () => {
    clearTimeout(timer);
    for (let first = waiting[0]; first; first = waiting[0]) {
      const wait = delay(first.tokens);
      if (wait > 0) {
        timer = setTimeout(advance, wait);
        return;
      }
      waiting.shift();
      admitted.push({ at: now(), tokens: first.tokens });
      first.enter();
    }
  };

  return {
    async admit(entry) {
      if (maxRequests === Infinity && maxTokens === Infinity) return;
      entry.signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(entry.signal.reason as Error);
          advance();
        };
        const waiter: Waiter = {
          ...entry,
          enter: () => {
            entry.signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        entry.signal.addEventListener('abort', onAbort, { once: true });
        const behind = entry.isBackground ? -1 : waiting.findIndex((other) => other.isBackground);
        waiting.splice(behind < 0 ? waiting.length : behind, 0, waiter);
        advance();
        if (waiting.includes(waiter))
          entry.onWaiting?.({ reason: 'queue', seconds: Math.max(1, Math.ceil(delay(entry.tokens) / 1000)) });
      });
    },
    close: () => clearTimeout(timer),
  };
}
