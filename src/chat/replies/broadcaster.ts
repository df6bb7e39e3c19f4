import { AppError } from '../../lib/errors.ts';
import type { MarkdownStream } from '../../lib/markdown/stream.ts';
import type { Bus } from '../../platform/bus/bus.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../messages.ts';
import { begin, catchUp, deliverToAll, type Broadcast, type Find } from './broadcast.ts';
import {
  deliver,
  finish,
  type From,
  type LastWords,
  type ReplyEvent,
  type Sink,
  type Subscriber,
} from './subscribers.ts';
import { replyChannel, type ReplyNews } from './write-reply.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** One clock for all streams: pieces that come closer together than this are sent together. */
const TICK_MS = 60;
/** The open block is rendered again at most every 30 ms, which takes at most a tenth of the time. */
const MIN_DRAW_MS = 30;
const DRAW_SHARE = 10;
/** One rendering stops after this long and goes on later: the text may be long when its first subscriber comes. */
const MAX_DRAW_MS = 8;

export type Following = { resume(): void; close(): void };

type Deps = {
  bus: Bus;
  writer: Pick<ReplyWriter, 'find'>;
  /** The HTML of a reply that is over; null when it takes too long. */
  htmlOf(message: Message): Promise<string | null>;
  log: Log;
  now: () => number;
};

/** Subscribers of running replies: any number of them share one text, one rendering and one clock. */
export function createBroadcaster({ bus, writer, htmlOf, log, now }: Deps) {
  const broadcasts = new Map<string, Broadcast>();
  let clock: NodeJS.Timeout | undefined;

  /** Follows a reply from `position` on; a reply that is over gets its `done` at once. */
  async function follow(id: string, find: Find, from: From, sink: Sink): Promise<Following | undefined> {
    const reply = writer.find(id);
    if (!reply) {
      await finishAll(await find(), [{ ...from, sink }]);
      return undefined;
    }
    // From here to the end nothing waits, so that no piece can come in between.
    const broadcast = broadcasts.get(id) ?? open(id, find, reply.text);
    if (from.format === 'html') broadcast.markdown ??= begin(broadcast);
    // A page was drawn from newer text than the others have been sent: what it shows is not taken back.
    if (broadcast.markdown && from.position > broadcast.markdown.position()) broadcast.drawAfter = 0;
    send(broadcast);
    const { format, position, fresh = false } = from;
    const subscriber: Subscriber = { format, position, fresh, behind: false, sink };
    broadcast.subscribers.add(subscriber);
    const thinking = reply.thinking.news();
    deliver(subscriber, [
      { type: 'status', status: reply.status, waiting: reply.waiting },
      ...(thinking ? [{ type: 'reasoning' as const, ...thinking }] : []),
    ]);
    catchUp(broadcast, subscriber);
    return {
      resume() {
        subscriber.behind = false;
        if (broadcast.subscribers.has(subscriber)) catchUp(broadcast, subscriber);
      },
      close() {
        broadcast.subscribers.delete(subscriber);
        if (broadcast.subscribers.size === 0) drop(broadcast);
      },
    };
  }

  function open(id: string, find: Find, text: string): Broadcast {
    const broadcast: Broadcast = {
      id,
      find,
      text,
      sent: text.length,
      markdown: undefined,
      isDrawn: false,
      subscribers: new Set(),
      dirty: false,
      lastSent: 0,
      drawAfter: 0,
      unsubscribe: bus.subscribe(replyChannel(id), (news) =>
        guarded(broadcast, () => receive(broadcast, news)),
      ),
    };
    broadcasts.set(id, broadcast);
    clock ??= setInterval(tick, TICK_MS);
    return broadcast;
  }

  function drop(broadcast: Broadcast): void {
    broadcast.unsubscribe();
    if (broadcasts.get(broadcast.id) === broadcast) broadcasts.delete(broadcast.id);
    if (broadcasts.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  /** A fault in rendering ends the subscriptions, which are then renewed; never the reply or the process. */
  function guarded(broadcast: Broadcast, work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error('reply could not be drawn', { reply: broadcast.id, cause: String(error) });
      const subscribers = [...broadcast.subscribers];
      broadcast.subscribers.clear();
      drop(broadcast);
      for (const { sink } of subscribers) sink.lost(new AppError('internal', { cause: error }));
    }
  }

  function receive(broadcast: Broadcast, news: ReplyNews): void {
    if (news.type === 'ended') return end(broadcast);
    if (news.type === 'status') return deliverToAll(broadcast, 'both', [news]);
    if (news.type === 'thinking') return deliverToAll(broadcast, 'both', [{ ...news, type: 'reasoning' }]);
    broadcast.text += news.text;
    broadcast.markdown?.push(news.text);
    broadcast.dirty = true;
    // The first token, and each one of a slow model, goes out at once.
    if (now() - broadcast.lastSent >= TICK_MS) send(broadcast);
  }

  function tick(): void {
    for (const broadcast of broadcasts.values())
      if (broadcast.dirty) guarded(broadcast, () => send(broadcast));
  }

  function send(broadcast: Broadcast): void {
    if (!broadcast.dirty) return;
    const at = now();
    broadcast.lastSent = at;
    if (broadcast.sent < broadcast.text.length) {
      const text = broadcast.text.slice(broadcast.sent);
      broadcast.sent = broadcast.text.length;
      deliverToAll(broadcast, 'text', [{ type: 'delta', id: broadcast.sent, text }]);
    }
    if (broadcast.markdown && at < broadcast.drawAfter) return;
    broadcast.dirty = false;
    if (broadcast.markdown) draw(broadcast, broadcast.markdown, at);
  }

  function draw(broadcast: Broadcast, markdown: MarkdownStream, at: number): void {
    const begun = performance.now();
    const events: ReplyEvent[] = [];
    do events.push(...markdown.advance());
    while (!markdown.isCurrent() && performance.now() - begun < MAX_DRAW_MS);
    broadcast.dirty = !markdown.isCurrent();
    broadcast.drawAfter = at + Math.max(MIN_DRAW_MS, DRAW_SHARE * (performance.now() - begun));
    if (broadcast.isDrawn && events.length > 0) deliverToAll(broadcast, 'html', events);
    if (broadcast.isDrawn || broadcast.dirty) return;
    broadcast.isDrawn = true;
    for (const subscriber of broadcast.subscribers)
      if (subscriber.format === 'html' && !subscriber.behind) catchUp(broadcast, subscriber);
  }

  function end(broadcast: Broadcast): void {
    broadcast.drawAfter = 0;
    broadcast.dirty = true;
    send(broadcast);
    const subscribers = [...broadcast.subscribers];
    broadcast.subscribers.clear();
    drop(broadcast);
    void broadcast
      .find()
      .catch((cause: unknown) => new AppError('unavailable', { cause }))
      .then((stored) => finishAll(stored, subscribers));
  }

  /** The HTML is made once for all subscribers; those of text need not wait for it. */
  async function finishAll(stored: Message | AppError | undefined, subscribers: readonly LastWords[]) {
    const [ofText, ofHtml] = ['text', 'html'].map((name) =>
      subscribers.filter(({ format }) => format === name),
    );
    for (const subscriber of ofText ?? []) finish(stored, subscriber);
    if (!ofHtml?.length) return;
    const hasText = stored !== undefined && !(stored instanceof AppError) && stored.content !== '';
    const html = hasText ? await htmlOf(stored).catch(() => null) : null;
    for (const subscriber of ofHtml) finish(stored, subscriber, html);
  }

  return { follow };
}

export type Broadcaster = ReturnType<typeof createBroadcaster>;
