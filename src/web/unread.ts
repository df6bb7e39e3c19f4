import type { ServerResponse } from 'node:http';

/** What may wait in memory for a reader that takes nothing of it. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 1000;

/**
 * Cuts an answer that more than 1 MB waits for while its reader takes nothing for a second. One who reads slowly keeps
 * the connection: a long answer is larger than that by itself.
 * @returns a function to call after each write that the reader is behind with
 */
export function endIfUnread(res: ServerResponse): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  res.on('close', stop);
  /** Bytes that the operating system took of this connection so far. */
  const taken = () => (res.socket ? res.socket.bytesWritten - res.socket.writableLength : 0);
  return () => {
    if (timer || res.writableLength <= MAX_UNREAD_BYTES) return;
    let before = taken();
    timer = setInterval(() => {
      if (res.writableLength <= MAX_UNREAD_BYTES) return stop();
      const now = taken();
      if (now === before) res.destroy();
      before = now;
    }, LOOK_EVERY_MS);
    timer.unref();
  };
}
