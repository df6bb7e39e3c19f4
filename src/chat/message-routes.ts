import { isAppError } from '../lib/errors.ts';
import { actorOf, wantsPage } from '../web/context.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { param, parse, textOf } from '../web/validation.ts';
import type { Chat } from './chat.ts';
import { questionEdit } from './message-schemas.ts';
import type { ChatPages } from './page.ts';
import { exchangeJson } from './views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const answering: Policy = { ...chatting, paid: true };

type Deps = { chat: Chat; chatPages: ChatPages };

/** What is done with one message: asked in other words. */
export function messageRoutes({ chat, chatPages }: Deps): Routes {
  const routes = createRoutes();

  routes.post('/messages/:id/edit', answering, async (req, res) => {
    const id = param(req, 'id');
    try {
      const { content, client_id: clientId, model } = parse(questionEdit, req.body);
      const question = { content, clientId, model, requestId: req.requestId };
      const exchange = await chat.edit(actorOf(req), id, question);
      const { conversationId } = exchange.message;
      if (wantsPage(req))
        return res.redirect(303, `/conversations/${conversationId}#message-${exchange.reply.id}`);
      res.status(201).json(exchangeJson(exchange, req.t));
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await chatPages.sendMessageForm(req, res, {
        error,
        text: textOf(req.body, 'content') ?? '',
        messageId: id,
      });
    }
  });

  return routes;
}
