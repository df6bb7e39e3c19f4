import type { Request, Response } from 'express';
import { isAppError, type AppError } from '../../../lib/errors.ts';
import { userOf, wantsPage } from '../../../web/context.ts';
import type { Policy } from '../../../web/policy.ts';
import { createRoutes, type Routes } from '../../../web/routes.ts';
import { param, parse, textOf } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import { conversationChange, parameterChange } from '../../questions/schemas.ts';
import type { ChatPages } from '../../page/page.ts';
import { changedJson } from '../../json-views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };

/** Title, model, instructions, parameters and place of a conversation, by a form or as JSON. */
export function conversationSettingsRoutes({
  chat,
  chatPages,
}: {
  chat: Chat;
  chatPages: ChatPages;
}): Routes {
  const routes = createRoutes();

  const change = async (req: Request, res: Response) => {
    const id = param(req, 'id');
    const { system_prompt: systemPrompt, ...input } = parse(conversationChange, req.body);
    const parameters = parse(parameterChange, req.body);
    const change = { ...input, systemPrompt, parameterChange: parameters };
    const conversation = await chat.change(userOf(req), id, change);
    // The list of conversations has the same form.
    const back = textOf(req.body, 'back') === 'list' ? '?row=' : '/';
    if (wantsPage(req)) return res.redirect(303, `/conversations${back}${conversation.id}`);
    res.json(changedJson(conversation));
  };
  /** A form whose parameters are wrong comes back with what was typed. */
  const changeByForm = (req: Request, res: Response) =>
    change(req, res).catch(async (error: unknown) => {
      if (!wantsPage(req) || !hasWrongParameter(error)) throw error;
      await chatPages.sendConversation(req, res, param(req, 'id'), { error, text: '', isOfSettings: true });
    });
  routes.patch('/conversations/:id', chatting, change);
  routes.post('/conversations/:id', chatting, changeByForm);

  return routes;
}

const hasWrongParameter = (error: unknown): error is AppError =>
  isAppError(error, 'invalid') && error.fields.some(({ field }) => field in parameterChange.shape);
