import type { Request, Response } from 'express';
import { z } from 'zod';
import { isId, type NewId } from '../../lib/ids.ts';
import { excerpt, normalizeText, withoutMarks } from '../../lib/text.ts';
import { iso } from '../../lib/time.ts';
import { userOf, wantsPage } from '../../web/context.ts';
import type { Pages } from '../../web/page.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { param, parse, textOf } from '../../web/validation.ts';
import type { Chat } from '../chat.ts';
import { comparisonRoutes } from './comparison/routes.ts';
import { forkForm, type ForkButton, type ForkForm } from '../origins/forks/page.ts';
import type { Branch } from './branches.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const EXCERPT_LENGTH = 120;
/** Deeper ones are indented no further. */
const MAX_INDENT = 6;
const naming = z.object({ name: z.string().max(1000).transform(normalizeText) });

declare module '../../web/page.ts' {
  interface Views {
    'chat/branches/page': {
      conversation: { title: string; url: string };
      branches: (ReturnType<typeof branchView> & { fork: ForkButton })[];
      isCut: boolean;
      fork: ForkForm | null;
    };
  }
}

/** The branches of a conversation: the page, names, deletion, comparison. */
export function branchRoutes({ chat, pages, newId }: { chat: Chat; pages: Pages; newId: NewId }): Routes {
  const routes = createRoutes();

  routes.get('/conversations/:id/branches', chatting, async (req, res) => {
    const { conversation, branches, isCut } = await chat.branches.list(userOf(req), param(req, 'id'));
    if (!wantsPage(req)) return void res.json({ branches: branches.map(branchJson) });
    const asked = textOf(req.query, 'delete') ?? '';
    const url = `/conversations/${conversation.id}`;
    const views = branches.map((branch) => ({
      ...branchView(branch, url, isId(asked) ? asked : ''),
      fork: { url: `${url}/fork`, messageId: branch.leafId, clientId: newId() },
    }));
    const fork = await forkForm(req, chat, conversation, newId);
    const data = { conversation: { title: conversation.title, url }, branches: views, isCut, fork };
    const title = req.t('branches.title_of', { title: conversation.title });
    await pages.send(req, res, 'chat/branches/page', data, { title, section: 'chat' });
  });

  const done = (req: Request, res: Response, conversationId: string) => {
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversationId}/branches`);
    res.status(204).end();
  };

  const rename = async (req: Request, res: Response) => {
    const { name } = parse(naming, req.body);
    done(req, res, await chat.branches.rename(userOf(req), param(req, 'id'), name));
  };
  routes.patch('/messages/:id/branch', chatting, rename);
  routes.post('/messages/:id/branch', chatting, rename);

  const remove = async (req: Request, res: Response) =>
    done(req, res, await chat.branches.remove(userOf(req), param(req, 'id')));
  routes.delete('/messages/:id/branch', chatting, remove);
  routes.post('/messages/:id/branch/delete', chatting, remove);

  routes.include(comparisonRoutes({ chat, pages }));
  return routes;
}

const firstWords = ({ start }: Branch) => excerpt(withoutMarks(start), EXCERPT_LENGTH);

function branchView(branch: Branch, url: string, asked: string) {
  const { firstId, depth, name, model, createdAt, count, isCurrent, canDelete } = branch;
  return {
    id: firstId,
    indent: Math.min(depth, MAX_INDENT),
    level: depth + 1,
    name: name ?? '',
    words: firstWords(branch),
    model,
    createdAt,
    count,
    isCurrent,
    canDelete,
    isAsked: canDelete && firstId === asked,
    showUrl: `${url}?at=${firstId}#message-${firstId}`,
    compareUrl: canDelete ? `${url}/compare?one=${firstId}` : null,
    askUrl: `${url}/branches?delete=${firstId}#branch-${firstId}`,
    cancelUrl: `${url}/branches#branch-${firstId}`,
    renameUrl: `/messages/${firstId}/branch`,
    deleteUrl: `/messages/${firstId}/branch/delete`,
  };
}

const branchJson = (branch: Branch) => ({
  id: branch.firstId,
  leaf_id: branch.leafId,
  depth: branch.depth,
  name: branch.name,
  excerpt: firstWords(branch),
  model: branch.model,
  messages: branch.count,
  current: branch.isCurrent,
  created_at: iso(branch.createdAt),
});
