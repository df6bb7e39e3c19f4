import type { ChatTurn, Usage } from './provider.ts';

/** English text has about four characters a token; good enough for windows and for a ledger marked as estimated. */
const CHARACTERS_PER_TOKEN = 4;

/** About how many tokens a text has; at least 1 for a text that is not empty. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** The estimated usage of a chat call, marked so; for servers that report none and for calls that did not end well. */
export function estimateUsage(turns: readonly ChatTurn[], answerCharacters: number): Usage {
  return {
    promptTokens: promptTokens(turns),
    completionTokens: estimateTokens(answerCharacters),
    estimated: true,
  };
}

/** About how many tokens the turns of a chat have. */
export function promptTokens(turns: readonly ChatTurn[]): number {
  return estimateTokens(turns.reduce((sum, turn) => sum + turn.content.length, 0));
}
