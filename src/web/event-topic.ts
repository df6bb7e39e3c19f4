import type { Request } from 'express';
import type { AppError } from '../lib/errors.ts';
import { problem } from './errors.ts';

/** One event about what is followed. `data` is JSON text; `position` says where its reader stands after it. */
export type TopicEvent = { event: string; data: string; position?: string };

/** What a topic is told about one thing to follow, and where its events go. */
export type TopicReader = {
  req: Request;
  id: string;
  /** Undefined for a reader that starts here. */
  position: string | undefined;
  /** True for the position of the last event, up to which the reader has everything; false for that of a page. */
  isResumed: boolean;
  /** @returns false when the reader is behind; `resume` is called when it has caught up */
  send(events: readonly TopicEvent[]): boolean;
};

export type TopicSubscription = {
  close(): void;
  resume?(): void;
  /** Where a reader stands that was sent no event yet. */
  position?: string;
};

/**
 * A kind of thing that `GET /events` can follow. A feature makes one for each kind of its own, in a file named
 * `…-topic.ts`, and `app.ts` lists them.
 */
export type Topic = {
  /** The query parameter that names the ids. */
  kind: string;
  /** What an API key must have been made for. Left out: `open` looks by itself. */
  scope?: string;
  isPosition(text: string): boolean;
  /** @throws AppError `not_found` when it is not there or not this person's */
  open(reader: TopicReader): Promise<TopicSubscription>;
};

/** The event that says why nothing more comes about one thing. */
export function topicError(req: Request, id: string, error: AppError): TopicEvent {
  return { event: 'error', data: JSON.stringify({ for: id, ...problem(req, error) }) };
}
