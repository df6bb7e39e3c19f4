import { textIn } from './chat/content.ts';
import type { ChatTurn, Usage } from './provider.ts';

/** English text has about four characters a token; good enough for windows and for a ledger marked as estimated. */
const CHARACTERS_PER_TOKEN = 4;

/** About how many tokens a text has; at least 1 for a text that is not empty. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** Chinese, Japanese and Korean, whose characters have about a token each. */
const CJK = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g;

/** The same of a text that may be in any script. */
export function estimateTextTokens(text: string): number {
  const cjk = text.length - text.replace(CJK, '').length;
  return cjk + estimateTokens(text.length - cjk);
}

/** The estimated usage of a chat call, marked so; for servers that report none and for calls that did not end well. */
export function estimateUsage(turns: readonly ChatTurn[], answerCharacters: number): Usage {
  return {
    promptTokens: promptTokens(turns),
    completionTokens: estimateTokens(answerCharacters),
    estimated: true,
  };
}

/** A square of 1,024 px costs from 765 (GPT-4o) to 1,600 tokens; a file is counted like some pages of text. */
const partTokens = { text: 0, image: 1000, file: 3000 };

/** About how many tokens the turns of a chat have. */
export function promptTokens(turns: readonly ChatTurn[]): number {
  let characters = 0;
  let others = 0;
  for (const { content } of turns) {
    characters += textIn(content).length;
    if (typeof content !== 'string') for (const { type } of content) others += partTokens[type];
  }
  return estimateTokens(characters) + others;
}

/** No context window is larger; a greater number in a usage report is a fault of the server. */
const MAX_SANE_TOKENS = 100_000_000;

/** The reported usage, or nothing when it is missing, zero, negative or absurd (then it is estimated). */
export function readTokens(prompt: unknown, completion: unknown, thinking: unknown): Usage | undefined {
  if (!isSane(prompt) || !isSane(completion) || prompt + completion === 0) return undefined;
  return {
    promptTokens: prompt,
    completionTokens: completion,
    ...(isSane(thinking) && thinking > 0 ? { thinkingTokens: thinking } : {}),
    estimated: false,
  };
}

function isSane(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SANE_TOKENS;
}
