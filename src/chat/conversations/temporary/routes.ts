import { userOf, wantsPage } from '../../../web/context.ts';
import type { Policy } from '../../../web/policy.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { param } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import { conversationJson } from '../../json-views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };

/** A temporary conversation becomes a normal one. */
export function temporaryRoutes({ chat }: { chat: Pick<Chat, 'keep'> }): Routes {
  const routes = createRoutes();
  routes.post('/conversations/:id/keep', chatting, async (req, res) => {
    const conversation = await chat.keep(userOf(req), param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
    res.json(conversationJson(conversation));
  });
  return routes;
}
