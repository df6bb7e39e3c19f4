import type { KnownLessons } from '../chat/protocol.ts';
import type { ParameterName } from '../provider.ts';
import { isThinkingName } from './openai-names.ts';

export const parameterNames: readonly ParameterName[] = ['temperature', 'top_p', 'max_tokens'];

/** The names under which a limit of the answer is sent, by protocol and model. */
const limitNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** What a model takes: OpenAI's thinking models refuse to be told how freely to choose, and others have said so themselves. */
export function takenParameters(model: string, lessons: KnownLessons): ParameterName[] {
  const isRefused = (name: ParameterName) =>
    name === 'max_tokens'
      ? limitNames.some((limit) => lessons.has(limit) && lessons.get(limit)?.instead === undefined)
      : isThinkingName(model) || lessons.has(name);
  return parameterNames.filter((name) => !isRefused(name));
}
