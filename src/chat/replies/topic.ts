import type { Request } from 'express';
import { toAppError } from '../../web/errors.ts';
import { userOf } from '../../web/context.ts';
import { topicError, type Topic, type TopicEvent } from '../../web/event-topic.ts';
import { isLive, type Chat, type ReplyEvent, type From, type Message } from '../chat.ts';
import { createLastEvents } from './last-events.ts';
import type { ChatPages } from '../page/page.ts';
import { messageJson } from '../json-views.ts';
import { waitingText } from '../views.ts';

/** Where a reader stands that was told the end. */
const DONE = 'done';
/** Beyond any text: when a reply goes on after its end, a reader of that end gets everything anew. */
const BEYOND = 999_999_999;

/** Replies on `GET /events`, as `GET /replies/:id/events` tells them. */
export function replyTopic({ chat, chatPages }: { chat: Chat; chatPages: ChatPages }): Topic {
  const eventOf = createWriter();
  const lastEvents = createLastEvents<TopicEvent>();

  const doneEvent = (req: Request, id: string, message: Message, html: string | null) =>
    lastEvents.of(req, message, async () => {
      const partial = await chatPages.partial(req, message, html);
      const data = JSON.stringify({ for: id, message: messageJson(message, req.t), html: partial });
      return { event: 'done', data, position: DONE };
    });

  return {
    kind: 'reply',
    scope: 'chat',
    isPosition: (text) => text === DONE || /^\d{1,9}$/.test(text),
    async open({ req, id, position, isResumed, send }) {
      const actor = userOf(req);
      const nothing = { close: () => undefined };
      if (position === DONE && !isLive((await chat.findReply(actor, id)).status)) return nothing;
      const lost = (error: unknown) => void send([topicError(req, id, toAppError(error))]);
      const following = await chat.follow(actor, id, fromOf(position, isResumed), {
        events: (events) => send(events.map((event) => eventOf(id, event, req))),
        done: (message, html) => void doneEvent(req, id, message, html).then((event) => send([event]), lost),
        lost,
      });
      return following ?? nothing;
    },
  };
}

function fromOf(position: string | undefined, isResumed: boolean): From {
  const place = position === DONE ? BEYOND : Number(position ?? 0);
  return { format: 'html', position: place, fresh: !isResumed };
}

/** Writes feed events; one that many readers get is written once. */
function createWriter() {
  const written = new WeakMap<ReplyEvent, TopicEvent>();
  return (id: string, event: ReplyEvent, req: Request): TopicEvent => {
    // A waiting sentence is in the reader's language; everything else is the same for all.
    if (event.type === 'status') return { event: 'status', data: JSON.stringify(statusOf(id, event, req)) };
    if (event.type === 'reasoning') {
      const { ms, heading } = event;
      return { event: 'reasoning', data: JSON.stringify({ for: id, ms, heading }) };
    }
    const known = written.get(event);
    if (known) return known;
    const { type, id: position, ...content } = event;
    const data = JSON.stringify({ for: id, ...content });
    const made = { event: type, data, position: String(position) };
    written.set(event, made);
    return made;
  };
}

function statusOf(id: string, event: ReplyEvent & { type: 'status' }, req: Request) {
  const text = waitingText(event.waiting, req.t);
  return { for: id, status: event.status, text: text ?? undefined, reset: event.reset };
}
