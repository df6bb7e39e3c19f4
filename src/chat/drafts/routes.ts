import type { Request, Response } from 'express';
import { AppError, isAppError } from '../../lib/errors.ts';
import { userOf, wantsPage } from '../../web/context.ts';
import { problem } from '../../web/errors.ts';
import { successNotice } from '../../web/form-errors.ts';
import type { Pages } from '../../web/page.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { limitOf, param, parse, textOf } from '../../web/validation.ts';
import type { Chat } from '../chat.ts';
import { cursorText, readCursor } from '../questions/schemas.ts';
import type { ChatPages } from '../page/page.ts';
import type { Draft } from './drafts.ts';
import { draftInput } from './draft-schemas.ts';
import { draftJson, draftView, urlOfPlace } from './page.ts';

const PAGE_SIZE = 50;
const chatting: Policy = { who: 'user', scope: 'chat' };

declare module '../../web/page.ts' {
  interface Views {
    'chat/drafts/list': { drafts: ReturnType<typeof draftView>[]; nextUrl: string | null; empty: boolean };
  }
}

type Deps = { chat: Pick<Chat, 'drafts'>; chatPages: ChatPages; pages: Pages };

/** What was typed and not sent: saved, listed, discarded. */
export function draftRoutes({ chat: { drafts }, chatPages, pages }: Deps): Routes {
  const routes = createRoutes();

  async function save(req: Request, res: Response, place: string | null): Promise<void> {
    const { draft_version: version, client_id: clientId, ...input } = parse(draftInput, req.body);
    const saved = await drafts.save(userOf(req), place, { ...input, version, clientId });
    if (saved.outcome === 'changed') return changed(req, res, saved.draft);
    if (wantsPage(req)) return res.redirect(303, urlOfPlace(place));
    if (saved.outcome === 'saved') return void res.json({ draft: draftJson(saved.draft) });
    res.status(204).end();
  }

  /** Another device saved another text. A program gets it along with the refusal, a page shows both. */
  function changed(req: Request, res: Response, draft: Draft): void {
    const error = new AppError('draft_changed');
    if (wantsPage(req)) throw error;
    res.status(error.status).json({ ...problem(req, error), draft: draftJson(draft) });
  }

  const saveStart = async (req: Request, res: Response) => {
    try {
      await save(req, res, null);
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await chatPages.sendStart(req, res, { error, text: textOf(req.body, 'content') ?? '' });
    }
  };
  routes.put('/draft', chatting, saveStart);
  routes.post('/draft', chatting, saveStart);

  const saveOne = async (req: Request, res: Response) => {
    const id = param(req, 'id');
    try {
      await save(req, res, id);
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error) || error.code === 'not_found') throw error;
      await chatPages.sendConversation(req, res, id, { error, text: textOf(req.body, 'content') ?? '' });
    }
  };
  routes.put('/conversations/:id/draft', chatting, saveOne);
  routes.post('/conversations/:id/draft', chatting, saveOne);

  routes.get('/drafts', chatting, async (req, res) => {
    const after = readCursor(textOf(req.query, 'cursor'));
    const page = { limit: limitOf(req.query, PAGE_SIZE), after };
    const { drafts: shown, next } = await drafts.list(userOf(req), page);
    const cursor = next ? cursorText(next) : null;
    if (!wantsPage(req)) return void res.json({ drafts: shown.map(draftJson), next_cursor: cursor });
    const data = {
      drafts: shown.map((draft) => draftView(req, draft)),
      nextUrl: cursor && `/drafts?cursor=${cursor}`,
      empty: shown.length === 0 && !after,
    };
    const isDone = textOf(req.query, 'done') === 'discarded';
    await pages.send(req, res, 'chat/drafts/list', data, {
      title: req.t('drafts.title'),
      section: 'chat',
      notice: successNotice(req, isDone ? 'drafts.discarded' : undefined),
    });
  });

  const discard = async (req: Request, res: Response) => {
    await drafts.discard(userOf(req), param(req, 'id'));
    if (req.method === 'POST' && wantsPage(req)) return res.redirect(303, '/drafts?done=discarded');
    res.status(204).end();
  };
  routes.delete('/drafts/:id', chatting, discard);
  routes.post('/drafts/:id/delete', chatting, discard);

  return routes;
}
