import { catchUp, createMarkdownStream, stateAt, type MarkdownStream, type StreamEvent } from '../lib/markdown-stream.ts';
import type { Bus } from '../platform/bus/bus.ts';
import type { Waiting } from '../provider/provider.ts';
import { toMessage, type Message } from './messages.ts';
import type { ReplyNews, Runs } from './runs.ts';
import type { ChatStore, MessageRow } from './store.ts';

/** One clock for all streams: pieces that come closer together than this are sent together. */
const TICK_MS = 40;
/** The open block is drawn again at most every 30 ms, and never for more than a tenth of the time. */
const MIN_DRAW_MS = 30;
const DRAW_SHARE = 10;

export type FeedEvent =
  | StreamEvent
  | { type: 'delta'; id: number; text: string }
  | { type: 'status'; status: 'queued' | 'running'; waiting: Waiting | undefined; reset?: true };

/** A reader. `events` may be the same list for many readers. */
export type Sink = {
  /** @returns false when the reader is behind; nothing more is sent until `resume()` */
  events(events: readonly FeedEvent[]): boolean;
  done(message: Message): void;
};

export type Following = { resume(): void; close(): void };

type Format = 'html' | 'text';
/** Where a reader stands. `fresh`: it has the finished blocks up to there, but not the exact HTML of the open one. */
export type From = { format: Format; position: number; fresh?: boolean };
type Follower = { format: Format; position: number; behind: boolean; sink: Sink };
type Feed = {
  text: string;
  sentText: number;
  markdown: MarkdownStream | undefined;
  followers: Set<Follower>;
  dirty: boolean;
  lastSent: number;
  drawAfter: number;
  unsubscribe(): void;
};

type Deps = { bus: Bus; runs: Runs; store: ChatStore; now: () => number };

/** Readers of running replies: any number of them share one text, one rendering and one clock. */
export function createFeeds({ bus, runs, store, now }: Deps) {
  const feeds = new Map<string, Feed>();
  let clock: NodeJS.Timeout | undefined;

  /** Follows a reply from `position` on; a reply that is over gets its `done` at once. */
  async function follow(
    row: MessageRow,
    from: From,
    sink: Sink,
  ): Promise<Following | undefined> {
    const run = runs.find(row.id);
    if (!run) {
      const current = (await store.findMessage(row.id, row.owner_id)) ?? row;
      if (from.format === 'text') sendText(sink, current.content, from.position);
      sink.done(toMessage(current));
      return undefined;
    }
    const feed = feeds.get(row.id) ?? open(row, run.text);
    const follower: Follower = { format: from.format, position: startOf(feed.text, from), behind: false, sink };
    if (from.format === 'html' && !feed.markdown) {
      feed.markdown = createMarkdownStream();
      feed.markdown.push(feed.text);
      feed.markdown.advance();
    }
    send(feed);
    feed.followers.add(follower);
    sink.events([{ type: 'status', status: run.status, waiting: run.waiting }]);
    bringUp(feed, follower);
    return {
      resume() {
        follower.behind = false;
        bringUp(feed, follower);
      },
      close() {
        feed.followers.delete(follower);
        if (feed.followers.size === 0) drop(row.id, feed);
      },
    };
  }

  function open(row: MessageRow, text: string): Feed {
    const feed: Feed = {
      text,
      sentText: text.length,
      markdown: undefined,
      followers: new Set(),
      dirty: false,
      lastSent: 0,
      drawAfter: 0,
      unsubscribe: bus.subscribe(`reply:${row.id}`, (news: ReplyNews) => receive(row, feed, news)),
    };
    feeds.set(row.id, feed);
    clock ??= setInterval(tick, TICK_MS);
    return feed;
  }

  function drop(id: string, feed: Feed): void {
    feed.unsubscribe();
    if (feeds.get(id) === feed) feeds.delete(id);
    if (feeds.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  function receive(row: MessageRow, feed: Feed, news: ReplyNews): void {
    if (news.type === 'ended') return void end(row, feed);
    if (news.type === 'status') return broadcast(feed, 'both', [news]);
    const piece = news.text.slice(feed.text.length - news.at);
    feed.text += piece;
    feed.markdown?.push(piece);
    feed.dirty = true;
    // The first token, and each one of a slow model, goes out at once.
    if (now() - feed.lastSent >= TICK_MS) send(feed);
  }

  function tick(): void {
    for (const feed of feeds.values()) if (feed.dirty) send(feed);
  }

  function send(feed: Feed): void {
    if (!feed.dirty) return;
    const at = now();
    feed.lastSent = at;
    if (feed.sentText < feed.text.length) {
      broadcast(feed, 'text', [{ type: 'delta', id: feed.text.length, text: feed.text.slice(feed.sentText) }]);
      feed.sentText = feed.text.length;
    }
    if (feed.markdown && at < feed.drawAfter) return;
    feed.dirty = false;
    if (!feed.markdown) return;
    const begun = performance.now();
    const events = feed.markdown.advance();
    feed.drawAfter = at + Math.max(MIN_DRAW_MS, DRAW_SHARE * (performance.now() - begun));
    if (events.length > 0) broadcast(feed, 'html', events);
  }

  function broadcast(feed: Feed, format: Format | 'both', events: readonly FeedEvent[]): void {
    for (const follower of feed.followers)
      if (!follower.behind && (format === 'both' || follower.format === format)) give(follower, events);
  }

  /** Sends what a reader lacks, from its own position; when that is impossible, everything anew. */
  function bringUp(feed: Feed, follower: Follower): void {
    if (follower.format === 'text') {
      const events = textFrom(feed.text.slice(0, feed.sentText), follower.position);
      if (events.length > 0) give(follower, events);
      return;
    }
    if (!feed.markdown) return;
    const snapshot = feed.markdown.snapshot();
    const events = catchUp(snapshot, follower.position);
    if (events?.length === 0) return;
    give(follower, events ?? [reset, ...(catchUp(snapshot, 0) ?? [])]);
  }

  async function end(row: MessageRow, feed: Feed): Promise<void> {
    feed.drawAfter = 0;
    feed.dirty = true;
    send(feed);
    const followers = [...feed.followers];
    feed.followers.clear();
    drop(row.id, feed);
    const stored = await store.findMessage(row.id, row.owner_id).catch(() => undefined);
    for (const follower of followers) {
      // A reader that is behind lacks text only in the text format: the final page piece replaces all HTML.
      if (follower.behind && follower.format === 'text') sendText(follower.sink, feed.text, follower.position);
      follower.sink.done(toMessage(stored ?? row));
    }
  }

  return { follow };
}

/** A fresh reader gets the open block from its beginning. */
function startOf(text: string, { format, position, fresh }: From): number {
  return format === 'html' && fresh ? (stateAt(text, position)?.openStart ?? position) : position;
}

const reset: FeedEvent = { type: 'status', status: 'running', waiting: undefined, reset: true };

function give(follower: Follower, events: readonly FeedEvent[]): void {
  for (const event of events) if (event.type !== 'status') follower.position = event.id;
  if (!follower.sink.events(events)) follower.behind = true;
}

function sendText(sink: Sink, text: string, position: number): void {
  const events = textFrom(text, position);
  if (events.length > 0) sink.events(events);
}

/** The rest of a text as one delta; from the start, after a reset, when the reader claims to have more than there is. */
function textFrom(text: string, position: number): FeedEvent[] {
  if (position > text.length) return [reset, { type: 'delta', id: text.length, text }];
  return position === text.length ? [] : [{ type: 'delta', id: text.length, text: text.slice(position) }];
}

