import type { Request, Response } from 'express';
import { AppError, invalid, isAppError } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import { messageFiles, type Attachments } from '../attachments/attachments.ts';
import type { Images } from '../images/images.ts';
import { actorOf, userOf, wantsFragment, wantsPage } from '../web/context.ts';
import { assertScope } from '../web/guards.ts';
import { param, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { Chat, Exchange, ImageWork, Question } from './chat.ts';
import { newConversation, newMessage, type NewMessage } from './questions/schemas.ts';
import { contextRoutes } from './context-window/routes.ts';
import { conversationSettingsRoutes } from './conversations/settings/routes.ts';
import { createFormFiles } from './page/composer/attaching-routes.ts';
import type { Failed } from './page/composer/page.ts';
import type { DocumentPage } from './document/page.ts';
import { foundJson, type FindInConversation } from './finding/page.ts';
import type { ChatPages } from './page/page.ts';
import { changedJson, conversationJson, exchangeJson, messageJson } from './json-views.ts';

/** As JSON a conversation is given whole, up to this many messages from its end. */
const MAX_MESSAGES = 10_000;

const chatting: Policy = { who: 'user', scope: 'chat' };
const asking: Policy = { ...chatting, paid: true, body: messageFiles };

type Deps = {
  attachments: Attachments;
  chat: Chat;
  images: Images;
  chatPages: ChatPages;
  documentPage: DocumentPage;
  findInConversation: FindInConversation;
  pages: Pages;
};

/** Conversations: start page, list, one, new messages. */
export function chatRoutes(deps: Deps): Routes {
  const { attachments, chat, images, chatPages, documentPage, findInConversation, pages } = deps;
  const routes = createRoutes();
  const formFiles = createFormFiles({ attachments, images, pages });

  /** The job that an image question is stored with. Its model is the default one: the picker names chat models. */
  function imageWork(req: Request, { content, clientId }: Question): ImageWork {
    assertScope(req, 'images');
    const prepared = images.prepare(actorOf(req), { prompt: content, clientId, requestId: req.requestId });
    return { statements: prepared.statements };
  }

  async function ask(req: Request, conversationId: string, input: NewMessage): Promise<Exchange> {
    const question = questionOf(req, input);
    if (!input.image) return chat.send(actorOf(req), conversationId, question);
    const exchange = await chat.askImage(actorOf(req), conversationId, question, imageWork(req, question));
    images.wake();
    return exchange;
  }

  async function create(req: Request, res: Response): Promise<void> {
    const { content, image, title, system_prompt, effort, temporary, ...input } = parse(
      newConversation,
      req.body,
    );
    if (temporary && image) throw invalid('image', 'not_in_temporary');
    if (content === undefined && wantsPage(req)) throw invalid('content', 'required');
    const question =
      content === undefined ? undefined : questionOf(req, { ...input, content, image, parent_id: undefined });
    const work = question && image ? imageWork(req, question) : undefined;
    const base = {
      title,
      model: input.model,
      systemPrompt: system_prompt,
      effort: effort ?? undefined,
      clientId: input.client_id,
      isTemporary: temporary,
    };
    const { conversation, exchange } = await chat.start(actorOf(req), base, question, work);
    if (work) images.wake();
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
    const whole = await wholeJson(req, conversation.id);
    res.status(201).json({ ...whole, ...(exchange ? exchangeJson(exchange, req.t) : {}) });
  }

  async function wholeJson(req: Request, id: string, at?: string) {
    const { conversation, messages } = await chat.open(userOf(req), id, { at, limit: MAX_MESSAGES });
    const isAsked = textOf(req.query, 'include')?.split(',').includes('reasoning') ?? false;
    const json = messages.map(async (message) => {
      const hasThought = isAsked && message.thinking !== null;
      const thought = hasThought ? await chat.thoughtOf(userOf(req), message.id) : undefined;
      return messageJson(message, req.t, thought);
    });
    const found = await foundJson(req, findInConversation, conversation);
    return { ...changedJson(conversation), messages: await Promise.all(json), ...found };
  }

  routes.get('/', { ...chatting, format: 'page', cors: false }, (req, res) => chatPages.sendStart(req, res));

  routes.post('/conversations', asking, async (req, res) => {
    const redraw = (failed: Failed) => chatPages.sendStart(req, res, failed);
    if (await formFiles.answer(req, res, { action: '/conversations', redraw })) return;
    try {
      await create(req, res);
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await chatPages.sendStart(req, res, { error, text: textOf(req.body, 'content') ?? '' });
    }
  });

  routes.get(['/conversations/:id', '/interact_history/:id'], chatting, async (req, res) => {
    const id = param(req, 'id');
    if (wantsPage(req) && textOf(req.query, 'view') === 'document') return documentPage.send(req, res, id);
    if (wantsPage(req)) return chatPages.sendConversation(req, res, id);
    res.json(await wholeJson(req, id, textOf(req.query, 'at')));
  });

  routes.post('/conversations/:id/messages', asking, async (req, res) => {
    const id = param(req, 'id');
    const redraw = (failed: Failed) => chatPages.sendConversation(req, res, id, failed);
    if (await formFiles.answer(req, res, { action: `/conversations/${id}/messages`, redraw })) return;
    try {
      const exchange = await ask(req, id, parse(newMessage, req.body));
      if (wantsFragment(req))
        return void res
          .status(201)
          .type('html')
          .send(await fragment(req, exchange));
      if (wantsPage(req)) return res.redirect(303, `/conversations/${id}#message-${exchange.reply.id}`);
      res.status(201).json(exchangeJson(exchange, req.t));
    } catch (thrown) {
      const error = wantsPage(req) ? await refusalOf(req, id, thrown) : thrown;
      if (!wantsPage(req) || wantsFragment(req) || !isAppError(error) || error.code === 'not_found')
        throw error;
      await chatPages.sendConversation(req, res, id, { error, text: textOf(req.body, 'content') ?? '' });
    }
  });

  /** What a message goes on from may have been taken back meanwhile, in a conversation that is there. */
  async function refusalOf(req: Request, id: string, error: unknown): Promise<unknown> {
    if (!isAppError(error, 'not_found') || !textOf(req.body, 'parent_id')) return error;
    await chat.get(userOf(req), id);
    return new AppError('conflict', { cause: error });
  }

  const fragment = async (req: Request, { message, reply }: Exchange) =>
    `${await chatPages.partial(req, message)}\n${await chatPages.partial(req, reply)}`;

  routes.delete('/conversations/:id', chatting, async (req, res) => {
    await chat.remove(userOf(req), param(req, 'id'));
    res.status(204).end();
  });
  routes.post('/conversations/:id/delete', chatting, async (req, res) => {
    const id = param(req, 'id');
    const { expiresAt } = await chat.remove(userOf(req), id);
    if (wantsPage(req)) return res.redirect(303, expiresAt === null ? `/conversations?deleted=${id}` : '/');
    res.status(204).end();
  });

  routes.post('/conversations/:id/restore', chatting, async (req, res) => {
    const conversation = await chat.restore(userOf(req), param(req, 'id'));
    const at = textOf(req.body, 'at');
    const place = at !== undefined && isId(at) ? `?at=${at}#message-${at}` : '';
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}${place}`);
    res.json(conversationJson(conversation));
  });

  routes.include(conversationSettingsRoutes({ chat, chatPages }), contextRoutes({ chat, pages }));
  return routes;
}

const questionOf = (req: Request, input: NewMessage): Question => ({
  content: input.content,
  parentId: input.parent_id,
  clientId: input.client_id,
  model: input.model,
  draftVersion: input.draft_version,
  attachments: input.attachments,
  requestId: req.requestId,
});
