import { z } from 'zod';
import { userOf, wantsPage } from '../../../web/context.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { optionalName, optionalText, param, parse } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import { changedJson } from '../../json-views.ts';
import { forkTitle } from './page.ts';

const MAX_ID = 100;
/** A longer title is cut, not refused. */
const MAX_TITLE_INPUT = 2000;
const newFork = z.object({
  message_id: optionalText(MAX_ID),
  title: optionalText(MAX_TITLE_INPUT),
  client_id: optionalName(MAX_ID),
});

/** A branch becomes a conversation of its own. */
export function forkRoutes({ chat }: { chat: Pick<Chat, 'get' | 'origins'> }): Routes {
  const routes = createRoutes();
  routes.post('/conversations/:id/fork', { who: 'user', scope: 'chat' }, async (req, res) => {
    const input = parse(newFork, req.body);
    const source = await chat.get(userOf(req), param(req, 'id'));
    const conversation = await chat.origins.fork(userOf(req), source.id, {
      messageId: input.message_id,
      title: input.title ?? forkTitle(req, source.title),
      isOwnTitle: input.title !== undefined,
      clientId: input.client_id,
    });
    if (wantsPage(req)) return res.redirect(303, `/conversations/${conversation.id}`);
    res.status(201).json(changedJson(conversation));
  });
  return routes;
}
