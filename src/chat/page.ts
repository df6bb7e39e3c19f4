import type { Request, Response } from 'express';
import type { Formats } from '../lib/formats.ts';
import { isId, type NewId } from '../lib/ids.ts';
import { jobView, type Images } from '../images/images.ts';
import type { ModelPicker } from '../model-picker/model-picker.ts';
import type { Models } from '../provider/models/models.ts';
import { userOf, wantsFragment } from '../web/context.ts';
import { textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import { isLive, type Chat, type Conversation, type HtmlOptions, type Message } from './chat.ts';
import { conversationSettings, type ConversationSettings } from './conversation-settings/page.ts';
import { createComposerView, type Composer, type Failed } from './composer/page.ts';
import { outlineData, windowLinks, type OutlineData, type WindowLinks } from './outline/page.ts';
import type { WindowPlace } from './outline/place.ts';
import { blankForms, messageForms } from './message-forms/message-forms.ts';
import { messageView, type MessageView, type Shown, type Thought } from './views.ts';

/** A page shows the end of a long conversation, so many messages and bytes of text; earlier ones are one click away. */
const PAGE_SIZE = { messages: 60, bytes: 200_000 };
/** How long all rendering for a page may take; what is not ready by then is shown as plain text. */
const RENDERING_MS = 4000;
/** Without scripts the page reloads itself this often while something runs. */
const REFRESH_SECONDS = 2;
/** So much of a thought stands on the page, folded; the rest is one click away. */
const THOUGHT_CHARACTERS = 2000;
const suggestionNames = ['explain', 'write', 'code', 'plan'];

declare module '../web/page.ts' {
  interface Views {
    'chat/conversation': {
      /** null on the start page. */
      conversation: (Conversation & { url: string; position: string | null }) | null;
      messages: MessageView[];
      /** The oldest message that the last answer was made from, when there are older ones. */
      firstInContext: string | null;
      links: WindowLinks;
      outline: OutlineData | null;
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
  chat: Chat;
  images: Images;
  models: Models;
  modelPicker: ModelPicker;
  pages: Pages;
  formats: Formats;
  newId: NewId;
};

type ViewOptions = HtmlOptions & {
  /** The whole thought is asked for, and stands open. */
  isWhole?: boolean;
  /** The message that a form stands in the place of, and the form that could not be taken. */
  formOf?: string | undefined;
  failed?: Failed | undefined;
};

export type ChatPages = ReturnType<typeof createChatPages>;

/** Draws the start page, a conversation and single messages. */
export function createChatPages({ chat, images, models, modelPicker, pages, formats, newId }: Deps) {
  const composer = createComposerView({ drafts: chat.drafts, models, modelPicker, pages, newId });
  const warnings = (req: Request) => models.warnings().map(({ key, params }) => req.t(key, params));

  async function viewOf(req: Request, message: Message, options: ViewOptions = {}) {
    const { isWhole = false, formOf, failed, ...html } = options;
    const shown = await shownWith(req, message, html);
    const thought = await thoughtOf(req, message, isWhole);
    const forms = message.id === formOf ? messageForms(req.t, message, newId, failed) : {};
    return messageView(message, req.t, { ...shown, ...forms, thought });
  }

  async function thoughtOf(req: Request, message: Message, isWhole: boolean): Promise<Thought | undefined> {
    if (!message.thinking || isLive(message.status)) return undefined;
    // One more than is shown tells that there is more.
    const limit = isWhole ? undefined : THOUGHT_CHARACTERS + 1;
    const text = await chat.thoughtOf(userOf(req), message.id, limit);
    const isCut = !isWhole && text.length > THOUGHT_CHARACTERS;
    const start = isCut ? text.slice(0, THOUGHT_CHARACTERS).replace(/[\ud800-\udbff]$/, '') : text;
    return { text: start, isCut, isOpen: isWhole };
  }

  async function shownWith(req: Request, message: Message, options: HtmlOptions): Promise<Shown> {
    if (message.role === 'user') return {};
    if (message.kind === 'image') {
      const actor = userOf(req);
      const job = await images.findJobOfMessage(actor, message.id);
      return { job: job && jobView(job, await images.listOfJob(actor, job.id), req.t) };
    }
    if (message.content === '') return {};
    if (isLive(message.status)) return { growing: await chat.htmlOfGrowing(message.content) };
    return { html: await chat.htmlOf(message, options) };
  }

  /** The part of the conversation that the query names; `at`: on this branch; `last`: it ends with this message. */
  function openWindow(req: Request, id: string, { at, last }: Pick<WindowPlace, 'at' | 'last'>) {
    const place = {
      at,
      before: idIn(req, 'before'),
      after: idIn(req, 'after'),
      first: idIn(req, 'from'),
      last,
    };
    return chat.openWindow(userOf(req), id, place, PAGE_SIZE, { branch: !wantsFragment(req) });
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
        firstInContext: null,
        links: { earlierUrl: null, laterUrl: null, newestUrl: null },
        outline: null,
        blankForms,
        composer: await composer(req, null, failed),
        settings: null,
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
      const at = idIn(req, 'at') ?? failed?.messageId;
      const formOf = failed?.messageId ?? (wantsFragment(req) ? undefined : idIn(req, 'form'));
      const formatted = idIn(req, 'formatted');
      const thinking = idIn(req, 'thinking');
      const window = await openWindow(req, id, { at, last: formatted ?? thinking });
      const { conversation, stored, leafId } = window;
      const signal = AbortSignal.timeout(RENDERING_MS);
      const views = await Promise.all(
        window.messages.map((message) =>
          message.id === formatted
            ? viewOf(req, message, { stored: stored.get(message.id), patience: 'thorough' })
            : viewOf(req, message, {
                stored: stored.get(message.id),
                signal,
                isWhole: message.id === thinking,
                formOf,
                failed,
              }),
        ),
      );
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
        links,
        outline: outlineData(req, window, formats),
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
        status: failed?.error.status ?? 200,
        refreshSeconds: running && !wantsToWrite ? REFRESH_SECONDS : 0,
        notice: null,
      });
    },

    /** The form of one message again, with what was typed and why it could not be taken. */
    async sendMessageForm(
      req: Request,
      res: Response,
      failed: Failed & { messageId: string },
    ): Promise<void> {
      const { conversationId } = await chat.getMessage(userOf(req), failed.messageId);
      await this.sendConversation(req, res, conversationId, failed);
    },

    /** One message as the page draws it; also the last event of a followed reply, which brings its HTML along. */
    async partial(req: Request, message: Message, html?: string | null): Promise<string> {
      const view =
        html === undefined
          ? await viewOf(req, message)
          : messageView(message, req.t, { html, thought: await thoughtOf(req, message, false) });
      return pages.partial(req, 'chat/_message', { message: view });
    },
  };
}

function idIn(req: Request, name: string): string | undefined {
  const id = textOf(req.query, name);
  return id !== undefined && isId(id) ? id : undefined;
}

function tellWhenAgain(res: Response, failed: Failed | undefined): void {
  const { retryAfterSeconds } = failed?.error ?? {};
  if (retryAfterSeconds !== undefined) res.setHeader('Retry-After', String(retryAfterSeconds));
}
