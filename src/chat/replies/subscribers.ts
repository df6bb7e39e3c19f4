import { AppError, notFound } from '../../lib/errors.ts';
import { catchUp, openBlockAt, type MarkdownStream, type StreamEvent } from '../../lib/markdown/stream.ts';
import type { Waiting } from '../../provider/provider.ts';
import { isLive, type Message } from '../messages.ts';
import type { ThinkingNews } from '../thinking/thinking.ts';

export type ReplyEvent =
  | StreamEvent
  | { type: 'delta'; id: number; text: string }
  | { type: 'status'; status: 'queued' | 'running'; waiting: Waiting | undefined; reset?: true }
  /** Moves no position: it is no part of the text. */
  | ({ type: 'reasoning' } & ThinkingNews);

/** Where a subscriber's events go. `events` may be the same list for many subscribers; `done` or `lost` is the last call. */
export type Sink = {
  /** @returns false when the subscriber is behind; nothing more is sent until `resume()` */
  events(events: readonly ReplyEvent[]): boolean;
  /** The end: the reply as it is stored and, for a subscriber of HTML, its whole HTML; null when that took too long. */
  done(message: Message, html: string | null): void;
  /** There is no more to be had here: the reply was deleted, or the subscriber has to come back. */
  lost(error: AppError): void;
};

export type Format = 'html' | 'text';
/** Where a subscriber stands. `fresh`: it has the finished blocks up to there, but not the exact HTML of the open one. */
export type From = { format: Format; position: number; fresh?: boolean };
export type Subscriber = { format: Format; position: number; fresh: boolean; behind: boolean; sink: Sink };

/** A subscriber as far as its end needs it. */
export type LastWords = Pick<Subscriber, 'format' | 'position' | 'sink'>;

/** Where the block begins that is open at `position`: a fresh subscriber gets it from there. */
export const startOfOpenBlock = (markdown: MarkdownStream, position: number): number =>
  openBlockAt(markdown.snapshot(), position) ?? position;

export function deliver(subscriber: Subscriber, events: readonly ReplyEvent[]): void {
  if (events.length === 0) return;
  for (const event of events) if ('id' in event) subscriber.position = event.id;
  if (!subscriber.sink.events(events)) subscriber.behind = true;
}

/** The last words to a subscriber. What it lacks of the text comes first; the final HTML replaces all that it has. */
export function finish(
  stored: Message | AppError | undefined,
  subscriber: LastWords,
  html: string | null = null,
): void {
  const { sink } = subscriber;
  if (stored === undefined) return sink.lost(notFound());
  if (stored instanceof AppError) return sink.lost(stored);
  // Its writer is gone without a word: soon it is known to be interrupted.
  if (isLive(stored.status)) return sink.lost(new AppError('unavailable'));
  const events = subscriber.format === 'text' ? textFrom(stored.content, subscriber.position) : [];
  if (events.length > 0) sink.events(events);
  sink.done(stored, html);
}

const reset: ReplyEvent = { type: 'status', status: 'running', waiting: undefined, reset: true };

/** What a subscriber of HTML lacks; everything anew when it stands where this text cannot have brought it. */
export function htmlFrom(markdown: MarkdownStream, position: number): readonly ReplyEvent[] {
  const snapshot = markdown.snapshot();
  return catchUp(snapshot, position) ?? [reset, ...(catchUp(snapshot, 0) ?? [])];
}

/** The rest of a text as one delta; from the start, after a reset, when the subscriber claims to have more than there is. */
export function textFrom(text: string, position: number): readonly ReplyEvent[] {
  if (position > text.length) return [reset, { type: 'delta', id: text.length, text }];
  return position === text.length ? [] : [{ type: 'delta', id: text.length, text: text.slice(position) }];
}
