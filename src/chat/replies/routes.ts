import type { Request, Response } from 'express';
import { AppError } from '../../lib/errors.ts';
import { actorOf, userOf, wantsPage } from '../../web/context.ts';
import { problem, toAppError } from '../../web/errors.ts';
import { param, parse, textOf } from '../../web/validation.ts';
import { formatEvent, type EventStreams } from '../../web/sse.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import type { Chat, ReplyEvent, From, Message } from '../chat.ts';
import { newMessage, regeneration } from '../questions/schemas.ts';
import { createLastEvents } from './last-events.ts';
import type { ChatPages } from '../page/page.ts';
import { messageJson } from '../json-views.ts';
import { waitingText } from '../views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const answering: Policy = { ...chatting, paid: true };

type Deps = { chat: Chat; chatPages: ChatPages; streams: EventStreams };
/** The last event of a reply; `html` is the whole of it, null when it takes too long to render. */
type LastEvent = (message: Message, html: string | null) => Promise<string> | string;

/** Replies: follow, stop, continue, another answer. */
export function replyRoutes({ chat, chatPages, streams }: Deps): Routes {
  const routes = createRoutes();
  const wire = createWire();
  const lastEvents = createLastEvents<string>();

  async function follow(req: Request, res: Response, id: string, from: From, last: LastEvent): Promise<void> {
    // Looked up before the stream begins, so that a foreign reply is a plain 404.
    await chat.findReply(userOf(req), id);
    const stream = streams.open(req, res);
    const lost = (error: AppError) => {
      stream.write(formatEvent('error', problem(req, error)));
      stream.end();
    };
    const done = async (message: Message, html: string | null) => {
      stream.write(await last(message, html));
      stream.end();
    };
    const following = await chat.follow(userOf(req), id, from, {
      events: (events) => stream.write(wire.textOf(events, req)),
      done: (message, html) => void done(message, html).catch((error: unknown) => lost(toAppError(error))),
      lost,
    });
    stream.onClose(() => following?.close());
    stream.onDrain(() => following?.resume());
    if (stream.closed) following?.close();
  }

  routes.get('/replies/:id/events', chatting, async (req, res) => {
    const format = textOf(req.query, 'format') === 'text' ? 'text' : 'html';
    const lastEventId = req.headers['last-event-id'];
    const known = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined;
    const position = positionOf(known ?? textOf(req.query, 'after') ?? '0');
    const from = { format, position, fresh: known === undefined } as const;
    await follow(req, res, param(req, 'id'), from, (message, html) =>
      format === 'text'
        ? doneEvent(req, message)
        : lastEvents.of(req, message, async () => {
            const partial = await chatPages.partial(req, message, html);
            return doneEvent(req, message, { html: partial });
          }),
    );
  });

  routes.post('/conversations/:id/stream', answering, async (req, res) => {
    const { parent_id: parentId, client_id: clientId, ...input } = parse(newMessage, req.body);
    const { content, model, attachments } = input;
    const question = { content, parentId, clientId, model, attachments, requestId: req.requestId };
    const { reply } = await chat.send(actorOf(req), param(req, 'id'), question);
    await follow(req, res, reply.id, { format: 'text', position: 0 }, (message) =>
      message.error ? failedEvent(req, message) : doneEvent(req, message),
    );
  });

  const answer = (
    req: Request,
    res: Response,
    status: number,
    message: Message,
    name: 'message' | 'reply',
  ) => {
    if (wantsPage(req))
      return res.redirect(303, `/conversations/${message.conversationId}#message-${message.id}`);
    res.status(status).json({ [name]: messageJson(message, req.t) });
  };

  routes.post('/replies/:id/stop', chatting, async (req, res) => {
    answer(req, res, 200, await chat.stop(userOf(req), param(req, 'id')), 'message');
  });

  routes.post('/replies/:id/continue', answering, async (req, res) => {
    answer(req, res, 201, await chat.continueReply(actorOf(req), param(req, 'id'), req.requestId), 'reply');
  });

  routes.post('/messages/:id/regenerate', answering, async (req, res) => {
    const id = param(req, 'id');
    await chatPages.orMessageForm(req, res, { messageId: id, field: 'hint' }, async () => {
      const input = { ...parse(regeneration, req.body), requestId: req.requestId };
      answer(req, res, 201, await chat.regenerate(actorOf(req), id, input), 'reply');
    });
  });

  return routes;
}

/** A position in the source text. @throws AppError `bad_request` for anything else: the reader starts anew */
function positionOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AppError('bad_request');
  return Number(text);
}

function doneEvent(req: Request, message: Message, more: object = {}): string {
  return formatEvent('done', { message: messageJson(message, req.t), ...more }, message.content.length);
}

/** The reply broke off: why, as in the answer to a failed request, and the reply with what there is of it. */
function failedEvent(req: Request, message: Message): string {
  const { code, params } = message.error ?? { code: 'internal', params: {} };
  const content = { ...problem(req, new AppError(code, { params })), reply: messageJson(message, req.t) };
  return formatEvent('error', content, message.content.length);
}

/** Writes feed events as text; the same list for many readers is written once. */
function createWire() {
  const written = new WeakMap<readonly ReplyEvent[], string>();
  return {
    textOf(events: readonly ReplyEvent[], req: Request): string {
      const known = written.get(events);
      if (known !== undefined) return known;
      const text = events.map((event) => formatReplyEvent(event, req)).join('');
      // A waiting sentence is in the reader's language; everything else is the same for all.
      if (events.every((event) => event.type !== 'status')) written.set(events, text);
      return text;
    },
  };
}

function formatReplyEvent(event: ReplyEvent, req: Request): string {
  if (event.type === 'block') return formatEvent('block', { html: event.html }, event.id);
  if (event.type === 'tail') return formatEvent('tail', { keep: event.keep, html: event.html }, event.id);
  if (event.type === 'delta') return formatEvent('delta', { text: event.text }, event.id);
  if (event.type === 'reasoning') return formatEvent('reasoning', { ms: event.ms, heading: event.heading });
  const text = waitingText(event.waiting, req.t);
  return formatEvent('status', {
    status: event.status,
    ...(text ? { text } : {}),
    ...(event.reset ? { reset: true } : {}),
  });
}
