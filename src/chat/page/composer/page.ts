import type { Request, Response } from 'express';
import type { AppError } from '../../../lib/errors.ts';
import type { NewId } from '../../../lib/ids.ts';
import { pickerView, type ModelPicker, type PickerData } from '../../../model-picker/model-picker.ts';
import type { Models } from '../../../provider/models/models.ts';
import type { Effort } from '../../../provider/provider.ts';
import { userOf } from '../../../web/context.ts';
import { fieldMessages } from '../../../web/errors.ts';
import type { Link, Pages } from '../../../web/page.ts';
import { textOf } from '../../../web/validation.ts';
import type { Conversation } from '../../chat.ts';
import type { Drafts } from '../../drafts/drafts.ts';
import { attachedIn } from './attaching-routes.ts';
import { draftState, type DraftState } from '../../drafts/page.ts';
import type { Tray, TrayView } from '../tray/page.ts';

export type Composer = {
  action: string;
  clientId: string;
  parentId: string | null;
  /** The text in the field. */
  draft: string;
  draftState: DraftState;
  /** The files that will be sent. */
  tray: Tray;
  error: string | null;
  errorAction: Link | null;
  picker: PickerData;
  /** Where a model is chosen without scripts, when the picker does not hold all. */
  allModelsUrl: string;
  systemPrompt: string;
  /** How long the model may think, where it can be told. */
  efforts: { value: string; label: string; selected: boolean }[];
  takesEffort: boolean;
  /** A page that does not ask for itself again, for people without scripts who write while a reply runs. */
  writeUrl: string;
  /** A new conversation is to be a temporary one. */
  temporary: boolean;
  /** There are no images in a temporary conversation: they would outlive it. */
  takesImages: boolean;
  running: boolean;
};
/** A form that could not be taken, with what was typed. */
export type Failed = {
  error?: AppError | undefined;
  text: string;
  /** It was the form of the settings. */
  isOfSettings?: true;
  /** It was the form that stands in the place of this message. */
  messageId?: string;
};
type Deps = {
  trayOf: TrayView;
  drafts: Pick<Drafts, 'find'>;
  models: Models;
  modelPicker: ModelPicker;
  pages: Pages;
  newId: NewId;
};

/** What the composer of the start page or of a conversation shows. */
export function createComposerView({ trayOf, drafts, models, modelPicker, pages, newId }: Deps) {
  /** What a form that failed had chosen, else the conversation's, else what the page of models was left with. */
  const modelFor = (req: Request, conversation: Conversation | null, failed: Failed | undefined) => {
    const typed = failed ? textOf(req.body, 'model') : undefined;
    const asked = models.findChoice('chat', textOf(req.query, 'model') ?? '')?.name;
    return typed ?? conversation?.model ?? asked;
  };

  async function draftOf(req: Request, conversation: Conversation | null, failed: Failed | undefined) {
    const stored = await drafts.find(userOf(req), conversation?.id ?? null);
    const typed = failed?.text ?? textOf(req.query, 'prompt');
    const url = conversation ? `/conversations/${conversation.id}/draft` : '/draft';
    const ids = failed ? attachedIn(req) : typed === undefined ? (stored?.attachments ?? []) : [];
    const draft = typed ?? stored?.content ?? '';
    const tray = await trayOf(req, ids, modelFor(req, conversation, failed));
    return { draft, draftState: draftState(req, url, stored, typed), tray };
  }

  return async (
    req: Request,
    conversation: Conversation | null,
    failed: Failed | undefined,
  ): Promise<Composer> => ({
    ...(await draftOf(req, conversation, failed)),
    action: conversation ? `/conversations/${conversation.id}/messages` : '/conversations',
    clientId: newId(),
    parentId: null,
    error: failed?.error ? sentenceOf(req, failed.error) : null,
    errorAction: pages.errorAction(req, failed?.error),
    picker: pickerView(await modelPicker.view(userOf(req).id, modelFor(req, conversation, failed)), req.t),
    allModelsUrl: conversation ? `/models?conversation=${conversation.id}` : '/models',
    systemPrompt: conversation?.systemPrompt ?? '',
    efforts: effortsOf(req, conversation?.parameters.effort),
    takesEffort: await models.takesEffort(modelFor(req, conversation, failed)),
    writeUrl: conversation ? `/conversations/${conversation.id}?write=1#composer` : '/',
    temporary: textOf(failed ? req.body : req.query, 'temporary') === '1',
    takesImages: (conversation?.expiresAt ?? null) === null,
    running: false,
  });
}

/** Of the field that is wrong, where there is one: these forms have only one place to say it. */
export const sentenceOf = (req: Request, error: AppError) =>
  fieldMessages(req.t, error)[0]?.message ?? req.t(`errors.${error.code}`, error.params);
const effortsOf = (req: Request, chosen: Effort | undefined) =>
  (['', 'fast', 'balanced', 'thorough'] as const).map((value) => ({
    value,
    label: req.t(`chat.efforts.${value || 'default'}`),
    selected: value === (chosen ?? ''),
  }));

/** Tells a client how long to wait before it sends a refused message again. */
export function tellWhenAgain(res: Response, failed: Failed | undefined): void {
  const { retryAfterSeconds } = failed?.error ?? {};
  if (retryAfterSeconds !== undefined) res.setHeader('Retry-After', String(retryAfterSeconds));
}
