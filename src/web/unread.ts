import type { ServerResponse } from 'node:http';

/** What may wait in memory for a reader that takes nothing of it. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** How long nothing may be taken while more than that waits. */
const MAX_STILL_MS = 5000;

/**
 * Cuts a response when more than 1 MB of it waits and its reader takes nothing. A slow reader keeps the connection: a
 * long answer is larger than that by itself.
 * @returns a function to call after each write that the reader is behind with
 */
export function endIfUnread(res: ServerResponse): () => void {
  let isWatched = false;
  res.on('timeout', () => res.destroy());
  return () => {
    const { socket } = res;
    if (isWatched || !socket || res.writableLength <= MAX_UNREAD_BYTES) return;
    isWatched = true;
    // A socket's timeout starts anew whenever the system takes something, be it a part of one long write.
    socket.setTimeout(MAX_STILL_MS);
    res.once('drain', () => {
      isWatched = false;
      socket.setTimeout(0);
    });
  };
}
