import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { AppError, isAppError } from '../lib/errors.ts';
import { isId, type NewId } from '../lib/ids.ts';
import { normalizeText } from '../lib/text.ts';
import type { Images } from '../images/images.ts';
import { visitor, wantsFragment, wantsPage } from '../web/context.ts';
import { requireUser } from '../web/guards.ts';
import { optionalFlag, optionalText, param, parse, textOf } from '../web/input.ts';
import type { Pages } from '../web/page.ts';
import type { Chat, Exchange, PictureWork } from './chat.ts';
import type { ChatPages } from './page.ts';
import { conversationJson, messageJson } from './views.ts';

/** A message longer than this is refused with 422; the body limit stands behind it. */
const MAX_CONTENT = 200_000;
const MAX_SYSTEM_PROMPT = 50_000;
const PAGE_SIZE = 50;

const modelName = optionalText(200).transform((value) => (value === 'auto' ? undefined : value));
const parameters = z.object({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.number().int().min(1).max(1_000_000).optional(),
});
const content = z
  .string()
  .max(MAX_CONTENT)
  .transform(normalizeText)
  .refine((value) => value.trim() !== '', 'required');
const newMessage = z.object({
  content,
  parent_id: optionalText(100),
  client_id: optionalText(100),
  model: modelName,
  picture: optionalFlag,
});
const newConversation = z.object({
  title: optionalText(2000),
  model: modelName,
  system_prompt: optionalText(MAX_SYSTEM_PROMPT),
  content: content.optional(),
  client_id: optionalText(100),
  picture: optionalFlag,
});
const conversationChange = z.object({
  title: z.string().max(2000).optional(),
  model: z.string().max(200).nullish(),
  system_prompt: z.string().max(MAX_SYSTEM_PROMPT).nullish(),
  parameters: parameters.optional(),
  pinned: optionalFlag,
  archived: optionalFlag,
});

type Deps = { chat: Chat; images: Images; chatPages: ChatPages; pages: Pages; newId: NewId };
type MessageInput = z.output<typeof newMessage>;

/** Conversations: start page, list, one, new messages. */
export function chatRoutes({ chat, images, chatPages, pages }: Deps): Router {
  const router = Router();

  const questionOf = (req: Request, input: MessageInput) => ({
    content: input.content,
    parentId: input.parent_id,
    clientId: input.client_id,
    model: input.model,
    requestId: req.requestId,
  });

  /** The job that a picture question is stored with. Its model is the default one: the picker names chat models. */
  function pictureWork(req: Request, input: { content: string; client_id?: string | undefined }): PictureWork {
    const request = { prompt: input.content, clientId: input.client_id, requestId: req.requestId };
    const prepared = images.prepare(visitor(req), request);
    return { statements: prepared.statements };
  }

  async function ask(req: Request, conversationId: string, input: MessageInput): Promise<Exchange> {
    const question = questionOf(req, input);
    if (!input.picture) return chat.send(visitor(req), conversationId, question);
    const exchange = await chat.askPicture(visitor(req), conversationId, question, pictureWork(req, input));
    images.wake();
    return exchange;
  }

  async function create(req: Request, res: Response): Promise<void> {
    const input = parse(newConversation, req.body);
    if (!input.content && wantsPage(req)) throw new AppError('invalid', { fields: [{ field: 'content', message: 'required' }] });
    const question = input.content ? questionOf(req, { ...input, content: input.content, parent_id: undefined }) : undefined;
    const picture = question && input.picture ? pictureWork(req, question.content ? { ...input, content: question.content } : { content: '' }) : undefined;
    const base = { title: input.title, model: input.model, systemPrompt: input.system_prompt, clientId: input.client_id };
    const { conversation, exchange } = await chat.start(visitor(req), base, question, picture);
    if (picture) images.wake();
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
    const { messages } = await chat.open(visitor(req), conversation.id, { limit: 10 });
    res.status(201).json({
      ...conversationJson(conversation),
      system_prompt: conversation.systemPrompt,
      parameters: conversation.parameters,
      messages: messages.map((message) => messageJson(message, req.t)),
      ...(exchange ? exchangeJson(req, exchange) : {}),
    });
  }

  const exchangeJson = (req: Request, { message, reply }: Exchange) => ({
    message: messageJson(message, req.t),
    reply: messageJson(reply, req.t),
  });

  router.get('/', requireUser, (req, res) => chatPages.sendStart(req, res));

  router.get('/conversations', requireUser, async (req, res) => {
    const limit = Math.min(100, Math.max(1, Number(textOf(req.query, 'limit') ?? PAGE_SIZE) || PAGE_SIZE));
    const after = readCursor(textOf(req.query, 'cursor'));
    const { conversations, next } = await chat.list(visitor(req), { limit, after });
    const nextCursor = next ? `${next.updatedAt}-${next.id}` : null;
    if (!wantsPage(req))
      return void res.json({ conversations: conversations.map(conversationJson), next_cursor: nextCursor });
    const data = {
      conversations: conversations.map(({ id, title, updatedAt }) => ({
        ...{ id, title, updatedAt },
        url: `/conversations/${id}`,
        deleteUrl: `/conversations/${id}/delete`,
      })),
      nextUrl: nextCursor && `/conversations?cursor=${nextCursor}`,
      empty: conversations.length === 0 && !after,
    };
    await pages.send(req, res, 'chat/list', data, {
      title: req.t('conversations.title'),
      section: 'chat',
      notice: noticeOf(req),
    });
  });

  router.post('/conversations', requireUser, async (req, res) => {
    try {
      await create(req, res);
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await chatPages.sendStart(req, res, { error, text: textOf(req.body, 'content') ?? '' });
    }
  });

  router.get('/conversations/:id', requireUser, async (req, res) => {
    const id = param(req, 'id');
    if (wantsPage(req)) return chatPages.sendConversation(req, res, id);
    const at = textOf(req.query, 'at');
    const { conversation, messages } = await chat.open(visitor(req), id, { at, limit: 10_000 });
    res.json({
      ...conversationJson(conversation),
      system_prompt: conversation.systemPrompt,
      parameters: conversation.parameters,
      messages: messages.map((message) => messageJson(message, req.t)),
    });
  });

  router.post('/conversations/:id/messages', requireUser, async (req, res) => {
    const id = param(req, 'id');
    try {
      const exchange = await ask(req, id, parse(newMessage, req.body));
      if (wantsFragment(req)) {
        const html = [await chatPages.partial(req, exchange.message), await chatPages.partial(req, exchange.reply)];
        return void res.status(201).type('html').send(html.join('\n'));
      }
      if (wantsPage(req)) return res.redirect(303, `/conversations/${id}#message-${exchange.reply.id}`);
      res.status(201).json(exchangeJson(req, exchange));
    } catch (error) {
      if (!wantsPage(req) || wantsFragment(req) || !isAppError(error) || error.code === 'not_found') throw error;
      await chatPages.sendConversation(req, res, id, { error, text: textOf(req.body, 'content') ?? '' });
    }
  });

  const change = async (req: Request, res: Response) => {
    const input = parse(conversationChange, req.body);
    const blankToNull = (value: string | null | undefined) => (value?.trim() === '' || value === 'auto' ? null : value);
    const conversation = await chat.change(visitor(req), param(req, 'id'), {
      title: input.title,
      model: blankToNull(input.model),
      systemPrompt: blankToNull(input.system_prompt),
      parameters: input.parameters,
      pinned: input.pinned,
      archived: input.archived,
    });
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
    res.json({ ...conversationJson(conversation), system_prompt: conversation.systemPrompt, parameters: conversation.parameters });
  };
  router.patch('/conversations/:id', requireUser, change);
  router.post('/conversations/:id', requireUser, change);

  router.delete('/conversations/:id', requireUser, async (req, res) => {
    await chat.remove(visitor(req), param(req, 'id'));
    res.status(204).end();
  });
  router.post('/conversations/:id/delete', requireUser, async (req, res) => {
    const id = param(req, 'id');
    await chat.remove(visitor(req), id);
    if (wantsPage(req)) return res.redirect(303, `/conversations?deleted=${id}`);
    res.status(204).end();
  });
  router.post('/conversations/:id/restore', requireUser, async (req, res) => {
    const conversation = await chat.restore(visitor(req), param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
    res.json(conversationJson(conversation));
  });

  return router;
}

function readCursor(text: string | undefined): { updatedAt: number; id: string } | undefined {
  if (text === undefined) return undefined;
  const [, updatedAt, id] = /^(\d{1,16})-([0-9a-z]{26})$/.exec(text) ?? [];
  if (!updatedAt || !id) throw new AppError('invalid', { fields: [{ field: 'cursor', message: 'unknown_value' }] });
  return { updatedAt: Number(updatedAt), id };
}

function noticeOf(req: Request) {
  const id = textOf(req.query, 'deleted');
  if (!id || !isId(id)) return null;
  const undo = { action: `/conversations/${id}/restore`, label: req.t('notices.undo') };
  return { kind: 'success' as const, text: req.t('notices.conversation_deleted'), undo };
}
