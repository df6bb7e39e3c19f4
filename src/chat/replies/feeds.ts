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
  type LastWords,
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
/** Steps of one drawing are taken until so much time has passed; a text that is long when its readers come takes several. */
const MAX_DRAW_MS = 8;

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
  /** Whether the rendering has reached the text once; until then readers of HTML wait. */
  isDrawn: boolean;
  readers: Set<Reader>;
  dirty: boolean;
  lastSent: number;
  drawAfter: number;
  unsubscribe(): void;
};
type Deps = {
  bus: Bus;
  runs: Pick<Runs, 'find'>;
  /** The HTML of a reply that is over; null when it takes too long. */
  htmlOf(message: Message): Promise<string | null>;
  log: Log;
  now: () => number;
};

/** Readers of running replies: any number of them share one text, one rendering and one clock. */
export function createFeeds({ bus, runs, htmlOf, log, now }: Deps) {
  const feeds = new Map<string, Feed>();
  let clock: NodeJS.Timeout | undefined;

  /** Follows a reply from `position` on; a reply that is over gets its `done` at once. */
  async function follow(id: string, find: Find, from: From, sink: Sink): Promise<Following | undefined> {
    const run = runs.find(id);
    if (!run) {
      await finishAll(await find(), [{ ...from, sink }]);
      return undefined;
    }
    // From here to the end nothing waits, so that no piece can come in between.
    const feed = feeds.get(id) ?? open(id, find, run.text);
    if (from.format === 'html') feed.markdown ??= begin(feed);
    // A page was drawn from newer text than the others have been sent: what it shows is not taken back.
    if (feed.markdown && from.position > feed.markdown.position()) feed.drawAfter = 0;
    send(feed);
    const { format, position, fresh = false } = from;
    const reader: Reader = { format, position, fresh, behind: false, sink };
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
      id,
      find,
      text,
      sent: text.length,
      markdown: undefined,
      isDrawn: false,
      readers: new Set(),
      dirty: false,
      lastSent: 0,
      drawAfter: 0,
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
    if (feed.markdown) draw(feed, feed.markdown, at);
  }

  function draw(feed: Feed, markdown: MarkdownStream, at: number): void {
    const begun = performance.now();
    const events: FeedEvent[] = [];
    do events.push(...markdown.advance());
    while (!markdown.isCurrent() && performance.now() - begun < MAX_DRAW_MS);
    feed.dirty = !markdown.isCurrent();
    feed.drawAfter = at + Math.max(MIN_DRAW_MS, DRAW_SHARE * (performance.now() - begun));
    if (feed.isDrawn && events.length > 0) broadcast(feed, 'html', events);
    if (feed.isDrawn || feed.dirty) return;
    feed.isDrawn = true;
    for (const reader of feed.readers) if (reader.format === 'html' && !reader.behind) bringUp(feed, reader);
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
      .then((stored) => finishAll(stored, readers));
  }

  /** The HTML is made once for all readers; those of text need not wait for it. */
  async function finishAll(stored: Message | AppError | undefined, readers: readonly LastWords[]) {
    const [ofText, ofHtml] = ['text', 'html'].map((name) => readers.filter(({ format }) => format === name));
    for (const reader of ofText ?? []) finish(stored, reader);
    if (!ofHtml?.length) return;
    const hasText = stored !== undefined && !(stored instanceof AppError) && stored.content !== '';
    const html = hasText ? await htmlOf(stored).catch(() => null) : null;
    for (const reader of ofHtml) finish(stored, reader, html);
  }

  return { follow };
}

function begin(feed: Feed): MarkdownStream {
  const markdown = createMarkdownStream();
  markdown.push(feed.text);
  feed.isDrawn = markdown.isCurrent();
  feed.dirty ||= !feed.isDrawn;
  return markdown;
}

function broadcast(feed: Feed, format: Format | 'both', events: readonly FeedEvent[]): void {
  for (const reader of feed.readers)
    if (!reader.behind && (format === 'both' || reader.format === format)) give(reader, events);
}

/** Sends what a reader lacks of that which the others have. */
function bringUp(feed: Feed, reader: Reader): void {
  if (reader.format === 'text') return give(reader, textFrom(feed.text.slice(0, feed.sent), reader.position));
  if (!feed.markdown || !feed.isDrawn) return;
  if (reader.fresh) reader.position = startOfOpenBlock(feed.markdown, reader.position);
  reader.fresh = false;
  give(reader, htmlFrom(feed.markdown, reader.position));
}

export type Feeds = ReturnType<typeof createFeeds>;
