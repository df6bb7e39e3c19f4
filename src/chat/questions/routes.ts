import type { Request, Response } from 'express';
import { actorOf, userOf, wantsPage } from '../../web/context.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { param, parse } from '../../web/validation.ts';
import type { Chat } from '../chat.ts';
import { questionEdit, waitingChange } from './schemas.ts';
import type { ChatPages } from '../page/page.ts';
import { exchangeJson, messageJson } from '../json-views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const answering: Policy = { ...chatting, paid: true };

type Deps = { chat: Chat; chatPages: ChatPages };

/** What is done with one message: asked in other words; while it waits to be sent, changed, taken back, sent now. */
export function messageRoutes({ chat, chatPages }: Deps): Routes {
  const routes = createRoutes();

  routes.post('/messages/:id/edit', answering, async (req, res) => {
    const id = param(req, 'id');
    await chatPages.orMessageForm(req, res, { messageId: id, field: 'content' }, async () => {
      const { content, client_id: clientId, model } = parse(questionEdit, req.body);
      const question = { content, clientId, model, requestId: req.requestId };
      const exchange = await chat.edit(actorOf(req), id, question);
      const { conversationId } = exchange.message;
      if (wantsPage(req))
        return res.redirect(303, `/conversations/${conversationId}#message-${exchange.reply.id}`);
      res.status(201).json(exchangeJson(exchange, req.t));
    });
  });

  const change = async (req: Request, res: Response) => {
    const id = param(req, 'id');
    await chatPages.orMessageForm(req, res, { messageId: id, field: 'content' }, async () => {
      const { content } = parse(waitingChange, req.body);
      const message = await chat.waiting.change(userOf(req), id, content);
      if (wantsPage(req)) return res.redirect(303, `/conversations/${message.conversationId}#message-${id}`);
      res.json({ message: messageJson(message, req.t) });
    });
  };
  routes.patch('/messages/:id', chatting, change);
  routes.post('/messages/:id', chatting, change);

  const withdraw = async (req: Request, res: Response) => {
    const conversationId = await chat.waiting.withdraw(userOf(req), param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversationId}`);
    res.status(204).end();
  };
  routes.delete('/messages/:id', chatting, withdraw);
  routes.post('/messages/:id/delete', chatting, withdraw);

  routes.post('/messages/:id/send-now', chatting, async (req, res) => {
    const message = await chat.waiting.sendNow(userOf(req), param(req, 'id'));
    if (wantsPage(req))
      return res.redirect(303, `/conversations/${message.conversationId}#message-${message.id}`);
    res.json({ message: messageJson(message, req.t) });
  });

  return routes;
}
