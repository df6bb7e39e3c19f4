import type { Request, Response } from 'express';
import type { Formats } from '../../lib/formats.ts';
import { isAppError } from '../../lib/errors.ts';
import type { NewId } from '../../lib/ids.ts';
import type { Attachments } from '../../attachments/attachments.ts';
import type { Images } from '../../images/images.ts';
import type { ModelPicker } from '../../model-picker/model-picker.ts';
import type { Models } from '../../provider/models/models.ts';
import { userOf, wantsFragment, wantsPage } from '../../web/context.ts';
import { textOf } from '../../web/validation.ts';
import type { Pages } from '../../web/page.ts';
import { isLive, type Chat, type Conversation, type Message } from '../chat.ts';
import { conversationSettings, type ConversationSettings } from '../conversations/settings/page.ts';
import { createMessageViews } from './message-views/page.ts';
import { findView, type FindInConversation, type FindView } from '../finding/page.ts';
import { createComposerView, tellWhenAgain, type Composer, type Failed } from './composer/page.ts';
import {
  idIn,
  outlineData,
  placeIn,
  windowLinks,
  type OutlineData,
  type WindowLinks,
} from '../outline/page.ts';
import { originLinks, type OriginLinks } from '../origins/page.ts';
import { createTrayView } from './tray/page.ts';
import type { WindowPlace } from '../outline/place.ts';
import { blankForms } from './message-forms/message-forms.ts';
import type { MessageView } from '../views.ts';

/** A page shows the end of a long conversation, so many messages and bytes of text; earlier ones are one click away. */
const PAGE_SIZE = { messages: 60, bytes: 200_000 };
/** Without scripts the page reloads itself this often while something runs. */
const REFRESH_SECONDS = 2;
const suggestionNames = ['explain', 'write', 'code', 'plan'];

declare module '../../web/page.ts' {
  interface Views {
    'chat/conversation': {
      /** null on the start page. */
      conversation: (Conversation & { url: string; position: string | null }) | null;
      messages: MessageView[];
      /** The oldest message that the last answer was made from, when there are older ones. */
      firstInContext: string | null;
      origins: OriginLinks | null;
      links: WindowLinks;
      outline: OutlineData | null;
      find: FindView | null;
      /** What a script copies to open the form of a message. */
      blankForms: typeof blankForms;
      composer: Composer;
      /** null on the start page. */
      settings: ConversationSettings | null;
      suggestions: { title: string; prompt: string }[];
      warnings: string[];
    };
    'chat/_message': { message: MessageView };
    'chat/_window': { messages: MessageView[]; firstInContext: string | null; links: WindowLinks };
  }
}

type Deps = {
  attachments: Attachments;
  chat: Chat;
  images: Images;
  models: Models;
  modelPicker: ModelPicker;
  pages: Pages;
  findInConversation: FindInConversation;
  formats: Formats;
  newId: NewId;
};

export type ChatPages = ReturnType<typeof createChatPages>;

/** Draws the start page, a conversation and single messages. */
export function createChatPages(deps: Deps) {
  const { chat, images, models, pages, formats, newId } = deps;
  const trayOf = createTrayView(deps);
  const composer = createComposerView({ ...deps, trayOf, drafts: chat.drafts });
  const messageViews = createMessageViews({ chat, images, trayOf, newId });
  const warnings = (req: Request) => models.warnings().map(({ key, params }) => req.t(key, params));

  /** The part of the conversation that the query names. */
  const openWindow = (req: Request, id: string, branch: Pick<WindowPlace, 'at' | 'last'>) =>
    chat.openWindow(userOf(req), id, placeIn(req, branch), PAGE_SIZE, { branch: !wantsFragment(req) });

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
        firstInContext: null,
        origins: null,
        links: { earlierUrl: null, laterUrl: null, newestUrl: null },
        outline: null,
        find: null,
        blankForms,
        composer: await composer(req, null, failed),
        settings: null,
        suggestions,
        warnings: warnings(req),
      };
      await pages.send(req, res, 'chat/conversation', data, {
        title: 'Salon',
        section: 'chat',
        status: failed?.error?.status ?? 200,
      });
    },

    async sendConversation(req: Request, res: Response, id: string, failed?: Failed): Promise<void> {
      tellWhenAgain(res, failed);
      const at = idIn(req, 'at') ?? failed?.messageId;
      const formOf = failed?.messageId ?? (wantsFragment(req) ? undefined : idIn(req, 'form'));
      const formatted = idIn(req, 'formatted');
      const thinking = idIn(req, 'thinking');
      const window = await openWindow(req, id, { at, last: formatted ?? thinking });
      const { conversation, stored, leafId } = window;
      // Only behind an answer that is being written something can wait.
      const isLiveWindow = window.messages.some(({ status }) => isLive(status));
      const waiting = isLiveWindow ? await chat.waiting.list(userOf(req), id) : undefined;
      const model = conversation.model ?? undefined;
      const asked = { stored, waiting, formatted, thinking, formOf, model, failed };
      const views = await messageViews.ofWindow(req, window.messages, asked);
      const url = `/conversations/${conversation.id}`;
      const links = windowLinks(url, at, window);
      const firstInContext = (await chat.findCut(userOf(req), leafId)) ?? null;
      if (wantsFragment(req)) {
        const part = { messages: views, firstInContext, links };
        return void res.type('html').send(pages.partial(req, 'chat/_window', part));
      }
      const writing = views.some((message) => isLive(message.status));
      const running = writing || views.some((message) => message.job?.running);
      const wantsToWrite = textOf(req.query, 'write') === '1' || failed !== undefined || formOf !== undefined;
      const data = {
        conversation: { ...conversation, url, position: window.position },
        messages: views,
        firstInContext,
        origins: originLinks(req, id, await chat.origins.linksOf(userOf(req), conversation)),
        links,
        outline: outlineData(req, window, formats),
        find: await findView(req, deps.findInConversation, { conversation, at }),
        blankForms,
        composer: {
          ...(await composer(
            req,
            conversation,
            failed?.isOfSettings || failed?.messageId ? undefined : failed,
          )),
          parentId: leafId,
          running: running && !wantsToWrite,
        },
        settings: await conversationSettings(req, models, conversation, failed?.error),
        suggestions: [],
        warnings: warnings(req),
      };
      await pages.send(req, res, 'chat/conversation', data, {
        title: conversation.title,
        section: 'chat',
        status: failed?.error?.status ?? 200,
        refreshSeconds: running && !wantsToWrite ? REFRESH_SECONDS : 0,
        notice: null,
      });
    },

    /**
     * Does what a form of a message asks for. When that fails, a page shows the form again, with why it could not be
     * taken and what was typed into `field`.
     */
    async orMessageForm(
      req: Request,
      res: Response,
      { messageId, field }: { messageId: string; field: string },
      work: () => Promise<void>,
    ): Promise<void> {
      try {
        await work();
      } catch (error) {
        if (!wantsPage(req) || !isAppError(error)) throw error;
        const { conversationId } = await chat.getMessage(userOf(req), messageId);
        const failed = { error, messageId, text: textOf(req.body, field) ?? '' };
        await this.sendConversation(req, res, conversationId, failed);
      }
    },

    /** One message as the page draws it; also the last event of a followed reply, which brings its HTML along. */
    async partial(req: Request, message: Message, html?: string | null): Promise<string> {
      const view = await messageViews.ofOne(req, message, html);
      return pages.partial(req, 'chat/_message', { message: view });
    },
  };
}
