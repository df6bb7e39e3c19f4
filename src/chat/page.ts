import type { Request, Response } from 'express';
import type { AppError } from '../lib/errors.ts';
import { isId, type NewId } from '../lib/ids.ts';
import { jobView, type Images } from '../images/images.ts';
import type { Models } from '../provider/models/models.ts';
import { visitor } from '../web/context.ts';
import { textOf } from '../web/input.ts';
import type { Pages } from '../web/page.ts';
import { isLive, type Chat, type Conversation, type Message } from './chat.ts';
import { messageView } from './views.ts';

/** A page shows the end of a long conversation; earlier messages are one click away. */
const MESSAGES_SHOWN = 60;
const MOST_MESSAGES_SHOWN = 2000;
/** Without scripts the page asks for itself again this often while something runs. */
const REFRESH_SECONDS = 2;
const suggestionNames = ['explain', 'write', 'code', 'plan'];

type Deps = { chat: Chat; images: Images; models: Models; pages: Pages; newId: NewId };
type Failed = { error: AppError; text: string };

export type ChatPages = ReturnType<typeof createChatPages>;

/** Draws the start page, a conversation and single messages. */
export function createChatPages({ chat, images, models, pages, newId }: Deps) {
  const composer = (req: Request, conversation: Conversation | null, failed: Failed | undefined) => ({
    action: conversation ? `/conversations/${conversation.id}/messages` : '/conversations',
    clientId: newId(),
    parentId: null as string | null,
    draft: failed?.text ?? textOf(req.query, 'prompt') ?? '',
    error: failed ? req.t(`errors.${failed.error.code}`, failed.error.params) : null,
    errorAction: pages.errorAction(req, failed?.error),
    models: models.choices('chat').map(({ name, isDefault }) => ({
      value: name,
      label: isDefault ? req.t('app.default_model', { model: name }) : name,
      selected: conversation?.model ? conversation.model === name : isDefault,
    })),
    systemPrompt: conversation?.systemPrompt ?? '',
    writeUrl: conversation ? `/conversations/${conversation.id}?write=1#composer` : '/',
    running: false,
  });

  const warnings = (req: Request) =>
    models.warnings().map(({ key, params }) => req.t(`provider.${key}`, params));

  async function drawn(req: Request, message: Message) {
    if (message.kind !== 'picture' || message.role === 'user') return messageView(message, req.t);
    const actor = visitor(req);
    const job = await images.findJobOfMessage(actor, message.id);
    return messageView(message, req.t, job && jobView(job, await images.listOfJob(actor, job.id), req.t));
  }

  return {
    async sendStart(req: Request, res: Response, failed?: Failed): Promise<void> {
      tellWhenAgain(res, failed);
      const suggestions = suggestionNames.map((name) => ({
        title: req.t(`suggestions.${name}_title`),
        prompt: req.t(`suggestions.${name}_prompt`),
      }));
      const data = {
        conversation: null,
        messages: [],
        composer: composer(req, null, failed),
        suggestions,
        warnings: warnings(req),
      };
      await pages.send(req, res, 'chat/conversation', data, {
        title: 'Salon',
        section: 'chat',
        status: failed?.error.status ?? 200,
      });
    },

    async sendConversation(req: Request, res: Response, id: string, failed?: Failed): Promise<void> {
      tellWhenAgain(res, failed);
      const at = textOf(req.query, 'at');
      const all = textOf(req.query, 'all') === '1';
      const view = { at: at && isId(at) ? at : undefined, limit: all ? MOST_MESSAGES_SHOWN : MESSAGES_SHOWN };
      const { conversation, messages, leafId, hasEarlier, position } = await chat.open(
        visitor(req),
        id,
        view,
      );
      const views = await Promise.all(messages.map((message) => drawn(req, message)));
      const writing = views.some((message) => isLive(message.status));
      const running =
        writing || views.some((message) => (message.job as { running?: boolean } | null)?.running);
      const wantsToWrite = textOf(req.query, 'write') === '1' || failed !== undefined;
      const url = `/conversations/${conversation.id}`;
      const data = {
        conversation: { ...conversation, url, position },
        messages: views,
        earlierUrl: hasEarlier ? `${url}?all=1` : null,
        composer: {
          ...composer(req, conversation, failed),
          parentId: view.at ? leafId : null,
          running: running && !wantsToWrite,
        },
        suggestions: [],
        warnings: warnings(req),
      };
      await pages.send(req, res, 'chat/conversation', data, {
        title: conversation.title,
        section: 'chat',
        status: failed?.error.status ?? 200,
        refreshSeconds: running && !wantsToWrite ? REFRESH_SECONDS : 0,
        notice: null,
      });
    },

    /** One message as the page draws it; also the last event of a followed reply. */
    async partial(req: Request, message: Message): Promise<string> {
      return pages.partial(req, 'chat/_message', { message: await drawn(req, message) });
    },
  };
}

function tellWhenAgain(res: Response, failed: Failed | undefined): void {
  const { retryAfterSeconds } = failed?.error ?? {};
  if (retryAfterSeconds !== undefined) res.setHeader('Retry-After', String(retryAfterSeconds));
}
