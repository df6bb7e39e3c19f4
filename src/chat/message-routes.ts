import { isAppError, type AppError } from '../lib/errors.ts';
import { actorOf, userOf, wantsPage } from '../web/context.ts';
import type { Request, Response } from 'express';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { param, parse, textOf } from '../web/validation.ts';
import type { Chat } from './chat.ts';
import { questionEdit } from './message-schemas.ts';
import type { ChatPages } from './page.ts';
import { exchangeJson } from './views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const answering: Policy = { ...chatting, paid: true };
const editing: Policy = { ...answering, draft: { field: 'content', page: '/' } };

type Deps = { chat: Chat; chatPages: ChatPages };

/** What is done with one message: asked in other words. */
export function messageRoutes({ chat, chatPages }: Deps): Routes {
  const routes = createRoutes();

  /** The form comes back in its place with what was typed. */
  async function sendFormAgain(req: Request, res: Response, messageId: string, error: AppError) {
    const { conversationId } = await chat.getMessage(userOf(req), messageId);
    const text = textOf(req.body, 'content') ?? '';
    await chatPages.sendConversation(req, res, conversationId, { error, text, messageId });
  }

  routes.post('/messages/:id/edit', editing, async (req, res) => {
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
      await sendFormAgain(req, res, id, error);
    }
  });

  return routes;
}
