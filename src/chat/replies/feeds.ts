import { AppError } from '../../lib/errors.ts';
import { createMarkdownStream, type MarkdownStream } from '../../lib/markdown/stream.ts';
import type { Bus } from '../../platform/bus/bus.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../messages.ts';
import {
  finish,
  give,
  htmlFrom,
  startOfOpenBlock,
  textFrom,
  type FeedEvent,
  type Format,
  type From,
  type Reader,
  type Sink,
} from './readers.ts';
import { replyChannel, type ReplyNews } from './run.ts';
import type { Runs } from './runs.ts';

/** One clock for all streams: pieces that come closer together than this are sent together. */
const TICK_MS = 60;
/** The open block is drawn again at most every 30 ms, and never for more than a tenth of the time. */
const MIN_DRAW_MS = 30;
const DRAW_SHARE = 10;

export type Following = { resume(): void; close(): void };

/** Reads the reply as it is stored, through its owner; undefined when it was deleted. */
type Find = () => Promise<Message | undefined>;
type Feed = {
  id: string;
  find: Find;
  text: string;
  /** How much of the text those readers of text have that are not behind. */
  sent: number;
  markdown: MarkdownStream | undefined;
  readers: Set<Reader>;
  dirty: boolean;
  lastSent: number;
  drawAfter: number;
  unsubscribe(): void;
};
type Deps = { bus: Bus; runs: Pick<Runs, 'find'>; log: Log; now: () => number };

/** Readers of running replies: any number of them share one text, one rendering and one clock. */
export function createFeeds({ bus, runs, log, now }: Deps) {
  const feeds = new Map<string, Feed>();
  let clock: NodeJS.Timeout | undefined;

  /** Follows a reply from `position` on; a reply that is over gets its `done` at once. */
  async function follow(id: string, find: Find, from: From, sink: Sink): Promise<Following | undefined> {
    const run = runs.find(id);
    if (!run) {
      finish(await find(), { ...from, sink });
      return undefined;
    }
    // From here to the end nothing waits, so that no piece can come in between.
    const feed = feeds.get(id) ?? open(id, find, run.text);
    if (from.format === 'html') feed.markdown ??= drawn(feed.text);
    // A page was drawn from newer text than the others have been sent: what it shows is not taken back.
    if (feed.markdown && from.position > feed.markdown.snapshot().position) feed.drawAfter = 0;
    send(feed);
    const position =
      from.fresh && from.format === 'html' ? startOfOpenBlock(feed.markdown, from.position) : from.position;
    const reader: Reader = { format: from.format, position, behind: false, sink };
    feed.readers.add(reader);
    give(reader, [{ type: 'status', status: run.status, waiting: run.waiting }]);
    bringUp(feed, reader);
    return {
      resume() {
        reader.behind = false;
        if (feed.readers.has(reader)) bringUp(feed, reader);
      },
      close() {
        feed.readers.delete(reader);
        if (feed.readers.size === 0) drop(feed);
      },
    };
  }

  function open(id: string, find: Find, text: string): Feed {
    const feed: Feed = {
      ...{ id, find, text, sent: text.length, markdown: undefined, readers: new Set() },
      ...{ dirty: false, lastSent: 0, drawAfter: 0 },
      unsubscribe: bus.subscribe(replyChannel(id), (news) => guarded(feed, () => receive(feed, news))),
    };
    feeds.set(id, feed);
    clock ??= setInterval(tick, TICK_MS);
    return feed;
  }

  function drop(feed: Feed): void {
    feed.unsubscribe();
    if (feeds.get(feed.id) === feed) feeds.delete(feed.id);
    if (feeds.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  /** A fault in drawing ends the readers, who come back; never the writer of the reply, nor the process. */
  function guarded(feed: Feed, work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error('reply could not be drawn', { reply: feed.id, cause: String(error) });
      const readers = [...feed.readers];
      feed.readers.clear();
      drop(feed);
      for (const { sink } of readers) sink.lost(new AppError('internal', { cause: error }));
    }
  }

  function receive(feed: Feed, news: ReplyNews): void {
    if (news.type === 'ended') return end(feed);
    if (news.type === 'status') return broadcast(feed, 'both', [news]);
    feed.text += news.text;
    feed.markdown?.push(news.text);
    feed.dirty = true;
    // The first token, and each one of a slow model, goes out at once.
    if (now() - feed.lastSent >= TICK_MS) send(feed);
  }

  function tick(): void {
    for (const feed of feeds.values()) if (feed.dirty) guarded(feed, () => send(feed));
  }

  function send(feed: Feed): void {
    if (!feed.dirty) return;
    const at = now();
    feed.lastSent = at;
    if (feed.sent < feed.text.length) {
      const text = feed.text.slice(feed.sent);
      feed.sent = feed.text.length;
      broadcast(feed, 'text', [{ type: 'delta', id: feed.sent, text }]);
    }
    if (feed.markdown && at < feed.drawAfter) return;
    feed.dirty = false;
    if (!feed.markdown) return;
    const begun = performance.now();
    const events = feed.markdown.advance();
    feed.drawAfter = at + Math.max(MIN_DRAW_MS, DRAW_SHARE * (performance.now() - begun));
    if (events.length > 0) broadcast(feed, 'html', events);
  }

  function end(feed: Feed): void {
    feed.drawAfter = 0;
    feed.dirty = true;
    send(feed);
    const readers = [...feed.readers];
    feed.readers.clear();
    drop(feed);
    void feed
      .find()
      .catch((cause: unknown) => new AppError('unavailable', { cause }))
      .then((stored) => readers.forEach((reader) => finish(stored, reader)));
  }

  return { follow };
}

function drawn(text: string): MarkdownStream {
  const markdown = createMarkdownStream();
  markdown.push(text);
  markdown.advance();
  return markdown;
}

function broadcast(feed: Feed, format: Format | 'both', events: readonly FeedEvent[]): void {
  for (const reader of feed.readers)
    if (!reader.behind && (format === 'both' || reader.format === format)) give(reader, events);
}

/** Sends what a reader lacks of that which the others have. */
function bringUp(feed: Feed, reader: Reader): void {
  if (reader.format === 'text') give(reader, textFrom(feed.text.slice(0, feed.sent), reader.position));
  else if (feed.markdown) give(reader, htmlFrom(feed.markdown, reader.position));
}

export type Feeds = ReturnType<typeof createFeeds>;
