import type { Request, Response } from 'express';
import { messageFiles, type Attachments } from '../../attachments/attachments.ts';
import type { Images } from '../../images/images.ts';
import { actorOf, userOf, wantsPage } from '../../web/context.ts';
import type { Pages } from '../../web/page.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { param, parse } from '../../web/validation.ts';
import type { Chat } from '../chat.ts';
import { questionEdit, waitingChange } from './schemas.ts';
import { createFormFiles } from '../page/composer/attaching-routes.ts';
import type { Failed } from '../page/composer/page.ts';
import type { ChatPages } from '../page/page.ts';
import { exchangeJson, messageJson } from '../json-views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const changing: Policy = { ...chatting, body: messageFiles };
const answering: Policy = { ...changing, paid: true };

type Deps = { attachments: Attachments; chat: Chat; images: Images; chatPages: ChatPages; pages: Pages };

/** What is done with one message: asked in other words; while it waits to be sent, changed, taken back, sent now. */
export function messageRoutes({ attachments, chat, images, chatPages, pages }: Deps): Routes {
  const routes = createRoutes();
  const formFiles = createFormFiles({ attachments, images, pages });

  /** Files were added to the form of a question, or removed: it is shown again. @returns whether that was all */
  async function answerFiles(req: Request, res: Response, messageId: string): Promise<boolean> {
    const redraw = async (failed: Failed) => {
      const { conversationId } = await chat.getMessage(userOf(req), messageId);
      await chatPages.sendConversation(req, res, conversationId, { ...failed, messageId });
    };
    return formFiles.answer(req, res, { action: req.path, redraw });
  }

  routes.post('/messages/:id/edit', answering, async (req, res) => {
    const id = param(req, 'id');
    await chatPages.orMessageForm(req, res, { messageId: id, field: 'content' }, async () => {
      if (await answerFiles(req, res, id)) return;
      const { client_id: clientId, ...other } = parse(questionEdit, req.body);
      const question = { ...other, clientId, requestId: req.requestId };
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
      if (await answerFiles(req, res, id)) return;
      const message = await chat.waiting.change(userOf(req), id, parse(waitingChange, req.body));
      if (wantsPage(req)) return res.redirect(303, `/conversations/${message.conversationId}#message-${id}`);
      res.json({ message: messageJson(message, req.t) });
    });
  };
  routes.patch('/messages/:id', changing, change);
  routes.post('/messages/:id', changing, change);

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
