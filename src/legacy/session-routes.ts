import { STATUS_CODES } from 'node:http';
import type { Request, Response } from 'express';
import type { Chat, Exchange, Message } from '../chat/chat.ts';
import { AppError, type ErrorCode } from '../lib/errors.ts';
import { normalizeText } from '../lib/text.ts';
import { iso } from '../lib/time.ts';
import { actorOf, userOf } from '../web/context.ts';
import { problem } from '../web/errors.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { textOf } from '../web/validation.ts';

/** As long as a message may be. */
const MAX_QUESTION = 200_000;
/** As many messages as a conversation is given as JSON, and as many sessions. */
const MAX_MESSAGES = 10_000;
const MAX_SESSIONS = 10_000;

type Known = { code: ErrorCode; params: Record<string, string | number> };

const chatting: Policy = { who: 'user', scope: 'chat', format: 'json' };

/**
 * Conversations as the older programs' clients know them, as sessions: always JSON, answering when the answer is whole.
 * Their pages `/interact_history` belong to the chat.
 */
export function sessionRoutes({ chat }: { chat: Chat }): Routes {
  const routes = createRoutes();

  async function ask(req: Request, content: string): Promise<Exchange> {
    const sessionId = textOf(req.body, 'session_id') ?? '';
    const question = { content, requestId: req.requestId };
    if (sessionId !== '') return chat.send(actorOf(req), sessionId, question);
    const { exchange } = await chat.start(actorOf(req), {}, question);
    if (!exchange) throw new AppError('internal');
    return exchange;
  }

  routes.post('/api', { ...chatting, paid: true }, async (req, res) => {
    const { message, reply } = await ask(req, questionOf(req));
    const answer = await chat.finished(userOf(req), reply.id);
    if (answer.status !== 'complete') return sendFailure(req, res, answer.error);
    const { messages } = await chat.open(userOf(req), message.conversationId, {
      at: reply.id,
      limit: MAX_MESSAGES,
    });
    res.json({
      session_id: message.conversationId,
      data: answer.content,
      response: answer.content,
      history: messages.map(rowJson),
    });
  });

  routes.get('/api/sessions', chatting, async (req, res) => {
    const sessions = await chat.listSummaries(userOf(req), MAX_SESSIONS);
    res.json(sessions.map(({ id, summary }) => ({ session_id: id, summary })));
  });

  routes.post('/api/new-session', chatting, async (req, res) => {
    const { conversation } = await chat.start(actorOf(req), {});
    res.status(201).json({ session_id: conversation.id });
  });

  return routes;
}

/** What is asked stands under one of three names. @throws AppError `bad_request` when it is missing, empty or too long */
function questionOf(req: Request): string {
  const names = ['data', 'input', 'message'];
  const text = names.map((name) => textOf(req.body, name)).find((value) => value !== undefined);
  const content = normalizeText(text ?? '');
  const refuse = (message: string) =>
    new AppError('bad_request', { fields: [{ field: 'data', message }], params: { max: MAX_QUESTION } });
  if (content.trim() === '') throw refuse('required');
  if (content.length > MAX_QUESTION) throw refuse('too_long');
  return content;
}

const rowJson = ({ id, role, content, createdAt }: Message) => ({
  id,
  role,
  content,
  timestamp: iso(createdAt),
});

/** Older clients know 500 for every failure of the model server. */
export function sendFailure(req: Request, res: Response, error: Known | null): void {
  const failure = new AppError(error?.code ?? 'internal', { params: error?.params ?? {} });
  res.status(500).json({ ...problem(req, failure), title: STATUS_CODES[500], status: 500 });
}
