import type { Request, Response } from 'express';

/** Proxies cut quiet connections after 30 s or more; the contract promises a sign of life every 15 s. */
const HEARTBEAT_MS = 15_000;
/** How long a reader without access gets to take what was written before. */
const CUT_AFTER_MS = 1000;

export type EventStream = {
  /** Writes text that is already in event-stream form. @returns false when the reader is behind: wait for `onDrain` */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
  onClose(listener: () => void): void;
  end(): void;
  readonly closed: boolean;
};

/**
 * Turns an answer into an event stream: no caching, no transformation, no proxy buffering, a comment every 15 s. A
 * question for the headers alone (HEAD) gets them and is closed at once. Ends when what let the reader in is gone.
 */
export function openEventStream(req: Request, res: Response): EventStream {
  res.status(200);
  res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  res.setHeader('Cache-Control', 'private, no-store, no-transform');
  res.setHeader('X-Accel-Buffering', 'no');
  res.flushHeaders();
  req.socket.setNoDelay(true);
  // A reader that goes away mid-write is no fault of ours.
  res.on('error', () => undefined);
  if (req.method === 'HEAD') res.end();
  const heartbeat = setInterval(() => {
    if (!res.writableNeedDrain) res.write(':\n\n');
  }, HEARTBEAT_MS);
  const isOver = () => res.writableEnded || res.closed || res.destroyed;
  // An ended credential ends the stream; a reader that is stuck must not keep it open.
  const unwatch = req.watchAccess?.(req, () => {
    res.end();
    setTimeout(() => res.destroy(), CUT_AFTER_MS).unref();
  });
  res.on('close', () => {
    clearInterval(heartbeat);
    unwatch?.();
  });
  return {
    // Writing after the end would be an error; nobody is there to be behind.
    write: (text) => isOver() || res.write(text),
    onDrain: (listener) => void res.on('drain', listener),
    onClose: (listener) => void res.on('close', listener),
    end: () => {
      clearInterval(heartbeat);
      res.end();
    },
    get closed() {
      return isOver();
    },
  };
}

/** One event. `content` is sent as one line of JSON. */
export function formatEvent(event: string, content: unknown, id?: number | string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(content)}\n\n`;
}
