import type { Request, Response } from 'express';
import { AppError } from '../lib/errors.ts';
import { problem } from './errors.ts';
import { endIfUnread } from './unread.ts';

/** Proxies cut quiet connections after 30 s or more; the contract promises a sign of life every 15 s. */
const HEARTBEAT_MS = 15_000;
/** How long a reader that is sent away gets to take what was written before. */
const CUT_AFTER_MS = 1000;
const MAX_STREAMS_PER_USER = 64;
/** A reader whose stream was closed for a newer one is asked to stay away so long, or it would push out the next one. */
const RETRY_WHEN_FULL_MS = 60_000;

export type EventStream = {
  /** Writes text that is already in event-stream form. @returns false when the reader is behind: wait for `onDrain` */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
  onClose(listener: () => void): void;
  end(): void;
  readonly closed: boolean;
};

export type EventStreams = {
  /**
   * Turns a response into an event stream: no caching, no transformation, no proxy buffering, a comment every 15 s. A
   * HEAD request gets the headers and is closed at once. The stream ends when the reader's credential is revoked, when
   * the person opens more streams than allowed, and when nothing of it is read.
   */
  open(req: Request, res: Response): EventStream;
};

/** All event streams of this process, counted for each person: the oldest one makes room for the newest. */
export function createEventStreams(maxPerUser = MAX_STREAMS_PER_USER): EventStreams {
  /** For each person what closes their streams, oldest first. */
  const closersOf = new Map<string, Set<() => void>>();

  /** @returns a function that takes the stream out of the count */
  function count(userId: string, close: () => void): () => void {
    const closers = closersOf.get(userId) ?? new Set();
    closersOf.set(userId, closers.add(close));
    const [oldest] = closers;
    if (closers.size > maxPerUser && oldest) {
      closers.delete(oldest);
      oldest();
    }
    return () => {
      closers.delete(close);
      if (closers.size === 0 && closersOf.get(userId) === closers) closersOf.delete(userId);
    };
  }

  return {
    open(req, res) {
      const stream = openEventStream(req, res);
      if (req.user && !stream.closed) {
        const release = count(req.user.id, () => {
          const error = problem(req, new AppError('too_many_streams', { params: { limit: maxPerUser } }));
          stream.write(`retry: ${RETRY_WHEN_FULL_MS}\n${formatEvent('error', error)}`);
          sendAway(res);
        });
        stream.onClose(release);
      }
      return stream;
    },
  };
}

function openEventStream(req: Request, res: Response): EventStream {
  res.status(200);
  res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  res.setHeader('Cache-Control', 'private, no-store, no-transform');
  res.setHeader('X-Accel-Buffering', 'no');
  res.flushHeaders();
  req.socket.setNoDelay(true);
  // A reader that goes away mid-write is no fault of ours.
  res.on('error', () => undefined);
  if (req.method === 'HEAD') res.end();
  const isOver = () => res.writableEnded || res.closed || res.destroyed;
  const watchBacklog = endIfUnread(res);
  const write = (text: string): boolean => {
    // Writing after the end would be an error; nobody is there to be behind.
    if (isOver()) return true;
    const isTaken = res.write(text);
    if (!isTaken) watchBacklog();
    return isTaken;
  };
  const heartbeat = setInterval(() => {
    if (!res.writableNeedDrain) write(':\n\n');
  }, HEARTBEAT_MS);
  // An ended credential ends the stream; a reader that is stuck must not keep it open.
  const unwatch = req.watchAccess?.(req, () => sendAway(res));
  // A reader may have gone while it was found out what to tell it: its close is not told again.
  const onClose = (listener: () => void): void => {
    if (res.closed || res.destroyed) listener();
    else res.on('close', listener);
  };
  onClose(() => {
    clearInterval(heartbeat);
    unwatch?.();
  });
  return {
    write,
    onDrain: (listener) => void res.on('drain', listener),
    onClose,
    end: () => {
      clearInterval(heartbeat);
      res.end();
    },
    get closed() {
      return isOver();
    },
  };
}

/** Ends an answer, whether its reader takes the rest or not. */
function sendAway(res: Response): void {
  res.end();
  setTimeout(() => res.destroy(), CUT_AFTER_MS).unref();
}

/** One event. `content` is sent as one line of JSON. */
export function formatEvent(event: string, content: unknown, id?: number | string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(content)}\n\n`;
}
