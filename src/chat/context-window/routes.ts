import { userOf, wantsPage } from '../../web/context.ts';
import type { Pages } from '../../web/page.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { param } from '../../web/validation.ts';
import type { Chat } from '../chat.ts';
import { contextJson, contextView, type ContextView } from './views.ts';

/** So many messages are listed, the newest ones; of others there is the number. */
const MAX_LISTED = 500;

declare module '../../web/page.ts' {
  interface Views {
    'chat/context': {
      /** null: the answer is older than this page, or it was never sent. */
      seen: ContextView | null;
      backUrl: string;
    };
  }
}

/** What the model was sent for an answer. */
export function contextRoutes({ chat, pages }: { chat: Chat; pages: Pages }): Routes {
  const routes = createRoutes();

  routes.get('/messages/:id/context', { who: 'user', scope: 'chat' }, async (req, res) => {
    const id = param(req, 'id');
    const reply = await chat.findReply(userOf(req), id);
    const found = await chat.findSeenContext(userOf(req), id, MAX_LISTED);
    const seen = found ? contextView(found) : null;
    if (!wantsPage(req)) return void res.json({ message_id: id, context: seen && contextJson(seen) });
    const backUrl = `/conversations/${reply.conversationId}?at=${id}#message-${id}`;
    const title = req.t('context.title');
    await pages.send(req, res, 'chat/context', { seen, backUrl }, { title, section: 'chat' });
  });

  return routes;
}
