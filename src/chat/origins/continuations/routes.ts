import type { Request, Response } from 'express';
import { z } from 'zod';
import { invalid, isAppError, type AppError } from '../../../lib/errors.ts';
import type { NewId } from '../../../lib/ids.ts';
import { normalizeText } from '../../../lib/text.ts';
import { actorOf, userOf, wantsPage } from '../../../web/context.ts';
import type { Pages } from '../../../web/page.ts';
import type { Policy } from '../../../web/policy.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { optionalName, optionalText, param, parse, textOf } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import { changedJson } from '../../json-views.ts';
import { continuationTitle, continuationView, summaryJson, type ContinuationView } from './page.ts';

const MAX_ID = 100;
/** A longer title is cut, not refused. */
const MAX_TITLE_INPUT = 2000;
const REFRESH_SECONDS = 2;
const newContinuation = z.object({
  summary: z.string().transform(normalizeText),
  title: optionalText(MAX_TITLE_INPUT),
  client_id: optionalName(MAX_ID),
});
const chatting: Policy = { who: 'user', scope: 'chat' };

declare module '../../../web/page.ts' {
  interface Views {
    'chat/continuations/page': ContinuationView;
  }
}

type Deps = { chat: Chat; pages: Pages; newId: NewId };

/** Summarise and go on: the summary of a conversation opens a new one. */
export function continuationRoutes({ chat, pages, newId }: Deps): Routes {
  const routes = createRoutes();

  async function sendPage(req: Request, res: Response, failed?: AppError): Promise<void> {
    const data = await continuationView(req, chat, { id: param(req, 'id'), newId, failed });
    await pages.send(req, res, 'chat/continuations/page', data, {
      title: req.t('continuation.title_of', { title: data.conversation.title }),
      section: 'chat',
      status: failed?.status ?? 200,
      refreshSeconds: data.isRunning ? REFRESH_SECONDS : 0,
    });
  }

  routes.get('/conversations/:id/continuation', chatting, async (req, res) => {
    if (wantsPage(req)) return sendPage(req, res);
    res.json(summaryJson(await chat.origins.continuations.find(userOf(req), param(req, 'id')), req.t));
  });

  routes.post('/conversations/:id/continuation/summary', { ...chatting, paid: true }, async (req, res) => {
    const id = param(req, 'id');
    await chat.origins.continuations.begin(actorOf(req), id, req.requestId);
    if (wantsPage(req)) return res.redirect(303, `/conversations/${id}/continuation`);
    res.status(202).json(summaryJson(await chat.origins.continuations.find(userOf(req), id), req.t));
  });

  routes.post('/conversations/:id/continuation', chatting, async (req, res) => {
    const id = param(req, 'id');
    try {
      if (textOf(req.body, 'summary') === undefined) throw invalid('summary', 'required');
      const { summary, title, client_id: clientId } = parse(newContinuation, req.body);
      const source = await chat.get(userOf(req), id);
      const named = title ?? continuationTitle(req, source.title);
      const conversation = await chat.origins.continuations.open(userOf(req), id, {
        summary,
        title: named,
        clientId,
      });
      if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
      res.status(201).json(changedJson(conversation));
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error, 'invalid')) throw error;
      await sendPage(req, res, error);
    }
  });

  return routes;
}
