import { setMaxListeners } from 'node:events';

/**
 * Does `work` under a signal that is aborted after `milliseconds` (its reason is a `TimeoutError`, see `isDeadline`), or
 * with `parent` and its reason. `AbortSignal.any` with `AbortSignal.timeout` would do, but Node holds a timeout signal
 * weakly: collected as garbage before its time it never fires, and the call waits for ever (nodejs/node#57736). Here a
 * plain timer holds it. Any number of listeners may wait for the signal.
 */
export async function withDeadline<T>(
  milliseconds: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const follow = () => controller.abort(parent?.reason);
  const expire = () =>
    controller.abort(new DOMException(`not done within ${milliseconds} ms`, 'TimeoutError'));
  const timer = setTimeout(expire, milliseconds);
  if (parent?.aborted) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', follow);
  }
}

/** True for the reason of a signal whose time has run out. */
export const isDeadline = (reason: unknown) =>
  reason instanceof DOMException && reason.name === 'TimeoutError';
