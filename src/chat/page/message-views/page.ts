import type { Request } from 'express';
import { withDeadline } from '../../../lib/deadline.ts';
import type { NewId } from '../../../lib/ids.ts';
import { jobView, type Images } from '../../../images/images.ts';
import { userOf } from '../../../web/context.ts';
import { isLive, type Chat, type HtmlOptions, type Message } from '../../chat.ts';
import type { StoredHtml } from '../../rendered/store.ts';
import { attachedIn } from '../composer/attaching-routes.ts';
import { sentenceOf, type Failed } from '../composer/page.ts';
import type { TrayView } from '../tray/page.ts';
import { canEdit, messageForms } from '../message-forms/message-forms.ts';
import { messageView, type MessageView, type Shown, type Thought } from '../../views.ts';
import type { WaitingState } from '../../questions/waiting/waiting.ts';

/** How long all rendering for a page may take; what is not ready by then is shown as plain text. */
const RENDERING_MS = 4000;
/** So much of a thought stands on the page, folded; the rest is one click away. */
const THOUGHT_CHARACTERS = 2000;

type ViewOptions = HtmlOptions & {
  /** The whole thought is asked for, and stands open. */
  isWhole?: boolean;
  /** The message that a form stands in the place of, and the form that could not be taken. */
  formOf?: string | undefined;
  /** Which model the conversation is with, where it is chosen. */
  model?: string | undefined;
  failed?: Failed | undefined;
  /** That it is a question that is not sent yet. */
  waitsInLine?: WaitingState | undefined;
};

/** What is asked for of single messages, by their ids, and what is known of all. */
type WindowOptions = {
  stored: ReadonlyMap<string, StoredHtml>;
  waiting: ReadonlyMap<string, WaitingState> | undefined;
  /** Rendered however long that takes. */
  formatted: string | undefined;
  /** With the whole of its thought. */
  thinking: string | undefined;
  formOf: string | undefined;
  model: string | undefined;
  failed: Failed | undefined;
};

type Deps = { chat: Chat; images: Images; trayOf: TrayView; newId: NewId };

/** Gathers what a message shows besides its own data. */
export function createMessageViews({ chat, images, trayOf, newId }: Deps) {
  async function viewOf(req: Request, message: Message, options: ViewOptions = {}) {
    const { isWhole = false, formOf, model, failed, waitsInLine, ...html } = options;
    const shown = await shownWith(req, message, html);
    const thought = await thoughtOf(req, message, isWhole);
    const isWaiting = waitsInLine !== undefined;
    const forms = message.id === formOf ? await formsOf(req, message, { failed, isWaiting, model }) : {};
    return messageView(message, req.t, { ...shown, ...forms, thought, waitsInLine });
  }

  /** With the files of the question, or those that a form named which could not be taken. */
  async function formsOf(
    req: Request,
    message: Message,
    {
      failed,
      isWaiting,
      model,
    }: { failed: Failed | undefined; isWaiting: boolean; model: string | undefined },
  ) {
    const ids = failed ? attachedIn(req) : message.attachments.map(({ id }) => id);
    const tray = await trayOf(req, canEdit(message) ? ids : [], model);
    const error = failed?.error ? sentenceOf(req, failed.error) : null;
    return messageForms(message, { newId, failed, error, isWaiting, tray });
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
      const job = await images.findJobOfMessage(actor, message.copiedFrom ?? message.id);
      return { job: job && jobView(job, await images.listOfJob(actor, job.id), req.t) };
    }
    if (message.content === '') return {};
    if (isLive(message.status)) return { growing: await chat.htmlOfGrowing(message.content) };
    return { html: await chat.htmlOf(message, options) };
  }

  const waitingState = async (req: Request, { role, id, conversationId }: Message) =>
    role === 'user' ? (await chat.waiting.list(userOf(req), conversationId)).get(id) : undefined;

  return {
    /** The messages of a page. */
    ofWindow: (
      req: Request,
      messages: readonly Message[],
      options: WindowOptions,
    ): Promise<MessageView[]> => {
      const { stored, waiting, formatted, thinking, formOf, model, failed } = options;
      const viewWithin = (signal: AbortSignal) => (message: Message) =>
        message.id === formatted
          ? viewOf(req, message, { stored: stored.get(message.id), patience: 'thorough' })
          : viewOf(req, message, {
              stored: stored.get(message.id),
              signal,
              isWhole: message.id === thinking,
              formOf,
              model,
              waitsInLine: waiting?.get(message.id),
              failed,
            });
      return withDeadline(RENDERING_MS, undefined, (signal) => Promise.all(messages.map(viewWithin(signal))));
    },

    /** A message by itself; `html`: the whole of an answer that has just ended. */
    async ofOne(req: Request, message: Message, html?: string | null): Promise<MessageView> {
      if (html === undefined) return viewOf(req, message, { waitsInLine: await waitingState(req, message) });
      return messageView(message, req.t, { html, thought: await thoughtOf(req, message, false) });
    },
  };
}
