import { z } from 'zod';
import { invalid } from '../../lib/errors.ts';
import { normalizeName, normalizeText } from '../../lib/text.ts';
import { draftVersion } from '../drafts/draft-schemas.ts';
import { variantKinds, variantOf } from '../branches/variants/variants.ts';
import { MAX_PER_MESSAGE } from '../../attachments/attachments.ts';
import { optionalFlag, optionalName, optionalText } from '../../web/validation.ts';
import { hasWordsOrFiles } from './words-or-files.ts';

/** A message longer than this is refused with 422; the body limit stands behind it. */
export const MAX_CONTENT = 200_000;
const MAX_SYSTEM_PROMPT = 50_000;
const MAX_SUMMARY = 4000;
const MAX_NAME = 200;
const MAX_HINT = 2000;
const MAX_ID = 100;
/** A longer title is cut, not refused. */
const MAX_TITLE_INPUT = 2000;

// Counted as it is stored: a form sends two characters for each line end.
const text = z
  .string()
  .transform((value) => (value.trim() === '' ? '' : normalizeText(value)))
  .pipe(
    z.string().superRefine(({ length }, context) => {
      const params = { max: MAX_CONTENT, length };
      if (length > MAX_CONTENT) context.addIssue({ code: 'custom', message: 'message_too_long', params });
    }),
  );
/** Left out: no words. */
const content = z.preprocess((value) => value ?? '', text);

/** The name of a model; `auto` is the same as none. */
const model = optionalName(MAX_NAME).transform((value) => (value === 'auto' ? undefined : value));
/** Left out: stays as it is; blank or null: none. */
const clearable = (max: number, normalize = normalizeText) =>
  z
    .string()
    .transform((value) => normalize(value).trim())
    .pipe(z.string().max(max))
    .nullish()
    .transform((value) => (value === '' ? null : value));
/** How long the model may think; blank: as it does by itself. */
const effort = z.enum(['fast', 'balanced', 'thorough']);
/** A number from a form may have a comma. */
const ofForm = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    return value.trim() === '' ? null : Number(value.replace(',', '.'));
  }, shape.nullish());
const parameters = z.object({
  effort: effort.optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.number().int().min(1).max(1_000_000).optional(),
});

const attachmentIds = z.array(z.string().max(MAX_ID)).refine((ids) => ids.length <= MAX_PER_MESSAGE, {
  message: 'too_many_files',
  params: { max: MAX_PER_MESSAGE },
});
/** A form sends one field for each, and a blank one that says there is a list: a text or a list of texts. */
const idsIn = (value: unknown) => [value].flat().filter((id) => id !== '');
const attachments = z.preprocess((value) => idsIn(value ?? []), attachmentIds);
/** Left out: those that the question has. */
const otherAttachments = z.preprocess(
  (value) => (value === undefined || value === null ? undefined : idsIn(value)),
  attachmentIds.optional(),
);

/** A question has words or files; an image is made from words. */
function refuseEmpty(
  {
    content: words,
    attachments: ids = [],
    image,
  }: { content: string; attachments?: string[]; image?: boolean | undefined },
  context: z.RefinementCtx,
): void {
  if (image ? words !== '' : hasWordsOrFiles(words, ids)) return;
  context.addIssue({ code: 'custom', path: ['content'], message: 'required' });
}

const messageFields = z.object({
  content,
  attachments,
  parent_id: optionalText(MAX_ID),
  client_id: optionalName(MAX_ID),
  model,
  image: optionalFlag,
  draft_version: draftVersion,
});
export const newMessage = messageFields.superRefine(refuseEmpty);
export type NewMessage = z.output<typeof newMessage>;

/** A question in other words, or with other files. */
export const questionEdit = messageFields
  .pick({ content: true, client_id: true, model: true })
  .extend({ attachments: otherAttachments });

/** The same of a question that is not sent yet. */
export const waitingChange = questionEdit.pick({ content: true, attachments: true });

/** With its first question, or without one. */
export const newConversation = z
  .object({
    content: text.nullish(),
    temporary: optionalFlag,
    attachments,
    title: optionalText(MAX_TITLE_INPUT),
    system_prompt: optionalText(MAX_SYSTEM_PROMPT).transform((value) => value?.trim()),
    client_id: optionalName(MAX_ID),
    effort: z.preprocess((value) => (value === '' ? undefined : value), effort.nullish()),
    model,
    image: optionalFlag,
    draft_version: draftVersion,
  })
  .transform((input) => ({
    ...input,
    content: input.content ?? (input.attachments.length > 0 ? '' : undefined),
  }))
  .superRefine(({ content: asked, ...input }, context) => {
    if (asked !== undefined) refuseEmpty({ ...input, content: asked }, context);
  });

export const conversationChange = z.object({
  title: z.string().max(MAX_TITLE_INPUT).optional(),
  model: clearable(MAX_NAME, normalizeName).transform((value) => (value === 'auto' ? null : value)),
  system_prompt: clearable(MAX_SYSTEM_PROMPT),
  summary: clearable(MAX_SUMMARY),
  parameters: parameters.optional(),
  pinned: optionalFlag,
  archived: optionalFlag,
});
/** Single parameters of a conversation, from JSON or a form; null or blank: as the server does it by itself. */
export const parameterChange = z.object({
  effort: z.preprocess((value) => (value === '' ? null : value), effort.nullish()),
  temperature: ofForm(parameters.shape.temperature),
  top_p: ofForm(parameters.shape.top_p),
  max_tokens: ofForm(parameters.shape.max_tokens),
});

/** Another answer; `current_model` is what a form showed as chosen before. */
export const regeneration = z
  .object({
    model,
    current_model: optionalName(MAX_NAME),
    variant: z.preprocess((value) => (value === '' ? undefined : value), z.enum(variantKinds).nullish()),
    hint: optionalText(MAX_HINT),
  })
  .transform(({ model, current_model: before, variant: kind, hint }) => ({
    model,
    variant: variantOf(kind ?? undefined, hint, model === before ? undefined : model),
  }));

/** Where a page of the list ended, as text and back. */
export type Cursor = { updatedAt: number; id: string };
export const cursorText = ({ updatedAt, id }: Cursor) => `${updatedAt}-${id}`;

/** @throws AppError `invalid` for what is no cursor of ours */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const [, updatedAt, id] = /^(\d{1,15})-([0-9a-z]{26})$/.exec(text) ?? [];
  if (!updatedAt || !id) throw invalid('cursor', 'unknown_value');
  return { updatedAt: Number(updatedAt), id };
}
