import type { Request, Response } from 'express';
import { invalid } from '../../../lib/errors.ts';
import { isId } from '../../../lib/ids.ts';
import { userOf, wantsPage } from '../../../web/context.ts';
import type { Pages } from '../../../web/page.ts';
import type { Policy } from '../../../web/policy.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { limitOf, parse, textOf } from '../../../web/validation.ts';
import type { Chat, Conversation } from '../../chat.ts';
import type { ChatPages } from '../../page/page.ts';
import { cursorText, readCursor } from '../../questions/schemas.ts';
import { conversationJson } from '../../json-views.ts';
import { listUrl, noticeOf } from './page.ts';
import { bulkChange, bulkUndo, MAX_SELECTED } from './schemas.ts';
import type { BulkAction, Selection } from './store.ts';

const PAGE_SIZE = 50;
const opposites = { pin: 'unpin', unpin: 'pin', unarchive: 'archive' } as const;

const chatting: Policy = { who: 'user', scope: 'chat' };

declare module '../../../web/page.ts' {
  interface Views {
    'chat/list': {
      rows: ReturnType<typeof rowView>[];
      archived: boolean;
      /** Ids chosen on other pages. */
      selectedElsewhere: string[];
      selectedCount: number;
      nextCursor: string | null;
      /** When this list was drawn: what comes later is not meant by "all". */
      until: number;
      empty: boolean;
    };
  }
}

type Deps = { chat: Chat; chatPages: ChatPages; pages: Pages; now: () => number };

/** The list of conversations and its archive, and changes of several at once. */
export function conversationListRoutes({ chat, chatPages, pages, now }: Deps): Routes {
  const routes = createRoutes();
  const { conversationList } = chat;

  const list = async (req: Request, res: Response) => {
    const archived = textOf(req.query, 'archived') === '1';
    const after = readCursor(textOf(req.query, 'cursor'));
    const view = { archived, limit: limitOf(req.query, PAGE_SIZE), after };
    const { conversations, next } = await conversationList.page(userOf(req), view);
    const nextCursor = next ? cursorText(next) : null;
    if (!wantsPage(req))
      return void res.json({ conversations: conversations.map(conversationJson), next_cursor: nextCursor });
    const opened = await openedRow(req, chat);
    const shown = opened ? [opened, ...conversations.filter(({ id }) => id !== opened.id)] : conversations;
    const selected = selectedIn(req);
    const data = {
      rows: shown.map((one) => rowView(one, selected.has(one.id), one === opened)),
      archived,
      selectedElsewhere: [...selected].filter((id) => !shown.some((one) => one.id === id)),
      selectedCount: selected.size,
      nextCursor,
      until: now(),
      empty: shown.length === 0 && !after,
    };
    const title = req.t(archived ? 'conversations.archive_title' : 'conversations.title');
    const notice = await noticeOf(req, (what) => conversationList.countImages(userOf(req), what));
    await pages.send(req, res, 'chat/list', data, { title, section: 'chat', notice });
  };
  routes.get('/conversations', chatting, list);
  // Older clients know conversations as sessions, under this address.
  routes.get('/interact_history', chatting, (req, res) =>
    wantsPage(req) ? chatPages.sendStart(req, res) : list(req, res),
  );

  routes.post('/conversations/bulk', chatting, async (req, res) => {
    const change = parse(bulkChange, req.body);
    const selection: Selection = change.all
      ? { archived: change.archived ?? false, until: change.until ?? now() }
      : { ids: change.ids };
    if ('ids' in selection && selection.ids.length === 0) throw invalid('ids', 'required');
    const changed = await conversationList.change(userOf(req), change.action, selection);
    if (wantsPage(req)) return res.redirect(303, listUrl(change, changed));
    res.json({ action: change.action, count: changed.count, at: changed.at });
  });

  routes.post('/conversations/bulk/undo', chatting, async (req: Request, res: Response) => {
    const { action, ids, at, archived } = parse(bulkUndo, {
      ...req.query,
      ...(req.body as object | undefined),
    });
    const count = await undo(req, action, ids, at);
    if (wantsPage(req)) return res.redirect(303, archived ? '/conversations?archived=1' : '/conversations');
    res.json({ action, count });
  });

  async function undo(req: Request, action: BulkAction, ids: string[], at: number | undefined) {
    if (action === 'archive' || action === 'delete') {
      if (at === undefined) throw invalid('at', 'required');
      return conversationList.undo(userOf(req), action, at);
    }
    return (await conversationList.change(userOf(req), opposites[action], { ids })).count;
  }

  return routes;
}

/** The one whose options are open, from the list beside each page. */
async function openedRow(req: Request, chat: Chat): Promise<Conversation | undefined> {
  const id = textOf(req.query, 'row');
  return id !== undefined && isId(id) ? chat.get(userOf(req), id) : undefined;
}

/** What was chosen on the pages before: a form sends one `ids` for each. */
function selectedIn(req: Request): Set<string> {
  const ids: unknown = req.query['ids'];
  const list: unknown[] = Array.isArray(ids) ? ids : [ids];
  const known = list.filter((id): id is string => typeof id === 'string' && isId(id));
  return new Set(known.slice(0, MAX_SELECTED));
}

const rowView = (conversation: Conversation, isSelected: boolean, isOpen: boolean) => {
  const { id, title, updatedAt, pinned, archived } = conversation;
  return { id, title, updatedAt, pinned, archived, url: `/conversations/${id}`, isSelected, isOpen };
};
