import type { Request } from 'express';
import type { AppError } from '../../../lib/errors.ts';
import type { Models } from '../../../provider/models/models.ts';
import type { ChatParameters, ParameterName } from '../../../provider/provider.ts';
import { formErrors } from '../../../web/form-errors.ts';
import { textOf } from '../../../web/validation.ts';
import type { Conversation } from '../../chat.ts';

export type ParameterField = {
  name: ParameterName;
  value: string;
  min: number;
  max: number;
  step: string;
  error: string | undefined;
};
export type ConversationSettings = { parameters: ParameterField[]; hasErrors: boolean };

/** What OpenAI's protocol allows of each; the longest answers of today have some 100,000 tokens. */
const ranges: Record<ParameterName, { min: number; max: number; step: string }> = {
  temperature: { min: 0, max: 2, step: 'any' },
  top_p: { min: 0, max: 1, step: 'any' },
  max_tokens: { min: 1, max: 1_000_000, step: '1' },
};

/** The settings of a conversation: only those that its model takes, as they are stored or as a form that failed had them. */
export async function conversationSettings(
  req: Request,
  models: Models,
  { model, parameters }: Pick<Conversation, 'model' | 'parameters'>,
  failed?: AppError,
): Promise<ConversationSettings> {
  const { fieldErrors } = formErrors(req, failed);
  const names = await models.parametersOf(model ?? undefined);
  const field = (name: ParameterName): ParameterField => ({
    name,
    value: (failed ? textOf(req.body, name) : undefined) ?? storedText(parameters, name),
    ...ranges[name],
    error: fieldErrors[name],
  });
  return { parameters: names.map(field), hasErrors: names.some((name) => fieldErrors[name] !== undefined) };
}

const storedText = (parameters: ChatParameters, name: ParameterName) => String(parameters[name] ?? '');
