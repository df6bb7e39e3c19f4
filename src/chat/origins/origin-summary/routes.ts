import type { Request, Response } from 'express';
import { z } from 'zod';
import { isAppError, type AppError } from '../../../lib/errors.ts';
import { normalizeText } from '../../../lib/text.ts';
import { userOf, wantsPage } from '../../../web/context.ts';
import { formErrors } from '../../../web/form-errors.ts';
import type { Pages } from '../../../web/page.ts';
import type { Policy } from '../../../web/policy.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { param, parse, textOf } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import { MAX_SUMMARY } from '../continuations/write-summary.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const summaryChange = z.object({ summary: z.string().transform(normalizeText) });

declare module '../../../web/page.ts' {
  interface Views {
    'chat/origins/summary': {
      conversation: { title: string; url: string };
      summary: string;
      maxLength: number;
      error: string | null;
    };
  }
}

/** The summary that a conversation goes on from: read, and changed. */
export function originSummaryRoutes({ chat, pages }: { chat: Chat; pages: Pages }): Routes {
  const routes = createRoutes();
  const { originSummaries } = chat.origins;

  /** `failed`: what was typed could not be taken. */
  async function sendPage(req: Request, res: Response, failed?: AppError): Promise<void> {
    const id = param(req, 'id');
    const { title, summary } = await originSummaries.get(userOf(req), id);
    const data = {
      conversation: { title, url: `/conversations/${id}` },
      summary: (failed && textOf(req.body, 'summary')) ?? summary,
      maxLength: MAX_SUMMARY,
      error: formErrors(req, failed).fieldErrors['summary'] ?? null,
    };
    await pages.send(req, res, 'chat/origins/summary', data, {
      title: req.t('origins.edit_title', { title }),
      section: 'chat',
      status: failed?.status ?? 200,
    });
  }

  routes.get('/conversations/:id/origin-summary', chatting, async (req, res) => {
    if (wantsPage(req)) return sendPage(req, res);
    const { summary } = await originSummaries.get(userOf(req), param(req, 'id'));
    res.json({ summary });
  });

  routes.post('/conversations/:id/origin-summary', chatting, async (req, res) => {
    const id = param(req, 'id');
    try {
      const typed = parse(summaryChange, req.body);
      const summary = await originSummaries.change(userOf(req), id, typed.summary);
      if (wantsPage(req)) return res.redirect(303, `/conversations/${id}`);
      res.json({ summary });
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error, 'invalid')) throw error;
      await sendPage(req, res, error);
    }
  });

  return routes;
}
