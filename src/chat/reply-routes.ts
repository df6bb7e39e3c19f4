import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { visitor, wantsPage } from '../web/context.ts';
import { requireUser } from '../web/guards.ts';
import { optionalText, param, parse, textOf } from '../web/input.ts';
import { formatEvent, openEventStream, type EventStream } from '../web/sse.ts';
import type { Chat, FeedEvent, Following, Message } from './chat.ts';
import type { ChatPages } from './page.ts';
import { messageJson, waitingText } from './views.ts';

const newMessage = z.object({
  content: z.string().max(200_000).refine((value) => value.trim() !== '', 'required'),
  parent_id: optionalText(100),
  client_id: optionalText(100),
  model: optionalText(200),
});
const regeneration = z.object({ model: optionalText(200) });

type Deps = { chat: Chat; chatPages: ChatPages };
type Start = { format: 'html' | 'text'; position: number; fresh: boolean };

/** Replies: follow, stop, continue, another answer. */
export function replyRoutes({ chat, chatPages }: Deps): Router {
  const router = Router();
  const wire = createWire();

  async function follow(req: Request, res: Response, id: string, start: Start): Promise<void> {
    await chat.findReply(visitor(req), id);
    const stream = openEventStream(req, res);
    let following: Following | undefined;
    stream.onClose(() => following?.close());
    stream.onDrain(() => following?.resume());
    const found = await chat.follow(visitor(req), id, start, {
      events: (events) => writeEvents(stream, events, req),
      done: (message) => void finish(req, stream, message, start.format),
    });
    following = found;
    if (stream.closed) found?.close();
  }

  function writeEvents(stream: EventStream, events: readonly FeedEvent[], req: Request): boolean {
    return stream.closed || stream.write(wire.textOf(events, req));
  }

  async function finish(req: Request, stream: EventStream, message: Message, format: 'html' | 'text'): Promise<void> {
    if (stream.closed) return;
    const content = { message: messageJson(message, req.t) };
    const html = format === 'html' ? { html: await chatPages.partial(req, message) } : {};
    stream.write(formatEvent('done', { ...content, ...html }, message.content.length));
    stream.end();
  }

  router.get('/replies/:id/events', requireUser, async (req, res) => {
    const format = textOf(req.query, 'format') === 'text' ? 'text' : 'html';
    const lastEventId = req.headers['last-event-id'];
    const known = typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined;
    const position = positionOf(known ?? textOf(req.query, 'after') ?? '0');
    await follow(req, res, param(req, 'id'), { format, position, fresh: known === undefined });
  });

  router.post('/conversations/:id/stream', requireUser, async (req, res) => {
    const input = parse(newMessage, req.body);
    const { reply } = await chat.send(visitor(req), param(req, 'id'), {
      content: input.content,
      parentId: input.parent_id,
      clientId: input.client_id,
      model: input.model === 'auto' ? undefined : input.model,
      requestId: req.requestId,
    });
    await follow(req, res, reply.id, { format: 'text', position: 0, fresh: true });
  });

  const answer = async (req: Request, res: Response, status: number, message: Message, name: 'message' | 'reply') => {
    if (wantsPage(req)) return res.redirect(303, `/conversations/${message.conversationId}#message-${message.id}`);
    res.status(status).json({ [name]: messageJson(message, req.t) });
  };

  router.post('/replies/:id/stop', requireUser, async (req, res) => {
    await answer(req, res, 200, await chat.stop(visitor(req), param(req, 'id')), 'message');
  });

  router.post('/replies/:id/continue', requireUser, async (req, res) => {
    await answer(req, res, 201, await chat.goOn(visitor(req), param(req, 'id'), req.requestId), 'reply');
  });

  router.post('/messages/:id/regenerate', requireUser, async (req, res) => {
    const { model } = parse(regeneration, req.body ?? {});
    const input = { model: model === 'auto' ? undefined : model, requestId: req.requestId };
    await answer(req, res, 201, await chat.regenerate(visitor(req), param(req, 'id'), input), 'reply');
  });

  return router;
}

/** A position in the source text. @throws AppError `bad_request` for anything else: the reader starts anew */
function positionOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AppError('bad_request');
  return Number(text);
}

/** Writes feed events as text; the same list for many readers is written once. */
function createWire() {
  const written = new WeakMap<readonly FeedEvent[], string>();
  return {
    textOf(events: readonly FeedEvent[], req: Request): string {
      const known = written.get(events);
      if (known !== undefined) return known;
      const text = events.map((event) => formatFeedEvent(event, req)).join('');
      // A waiting sentence is in the reader's language; everything else is the same for all.
      if (events.every((event) => event.type !== 'status')) written.set(events, text);
      return text;
    },
  };
}

function formatFeedEvent(event: FeedEvent, req: Request): string {
  if (event.type === 'block') return formatEvent('block', { html: event.html }, event.id);
  if (event.type === 'tail') return formatEvent('tail', { keep: event.keep, html: event.html }, event.id);
  if (event.type === 'delta') return formatEvent('delta', { text: event.text }, event.id);
  const text = waitingText(event.waiting, req.t);
  return formatEvent('status', {
    status: event.status,
    ...(text ? { text } : {}),
    ...(event.reset ? { reset: true } : {}),
  });
}
