import type { Model } from '../provider.ts';
import { bareName, isThinkingName } from './openai-names.ts';

/** In tokens. `reserved`: kept free for the answer. `isKnown`: said by the server or by the vendor's page of models, else `DEFAULT_CONTEXT_TOKENS`. */
export type ContextLength = { tokens: number; reserved: number; isKnown: boolean };

/** Where nothing is known: what models of recent years have at least, and much more than a usual conversation. */
export const DEFAULT_CONTEXT_TOKENS = 32_768;
/** Room for an answer: common models stop about there. */
const ANSWER_TOKENS = 4096;
/** Room for thinking and answer: OpenAI's guide to reasoning recommends to reserve at least so many. */
const THINKING_ANSWER_TOKENS = 25_000;
/** However small a context is, most of it is for what is asked; a limit that somebody sets may take more. */
const MAX_RESERVED_SHARE = 0.25;
const MAX_CHOSEN_SHARE = 0.5;

/**
 * By name, for servers whose lists say nothing. The third number is the longest answer where the vendor takes it off what may
 * be sent: GPT-5 reads 272,000 of its 400,000. Sources, as of 2026-11-26: developers.openai.com/api/docs/models,
 * platform.claude.com/docs/build-with-claude/context-windows (a million from Opus and Sonnet 4.6 on, without a header;
 * Haiku 4.5 and older ones 200,000), ai.google.dev/gemini-api/docs/models.
 */
const families: readonly (readonly [RegExp, number, number?])[] = [
  [/^gpt-[5-9].*chat/, 128_000],
  [/^gpt-5\.[4-6](?!-mini|-nano)/, 1_050_000, 128_000],
  [/^gpt-[5-9]/, 400_000, 128_000],
  [/^gpt-4\.1/, 1_047_576],
  [/^(gpt-4o|gpt-4\.5|gpt-4-(turbo|1106|0125|vision)|chatgpt-4o|gpt-oss)/, 128_000],
  [/^gpt-4/, 8192],
  [/^gpt-3\.5/, 16_385],
  [/^o1-(mini|preview)/, 128_000],
  [/^(o\d|codex-mini)/, 200_000],
  [/^claude-((opus|sonnet)-(4[-.][6-9]|[5-9])|haiku-(5[-.]5|[6-9])|fable|mythos)/, 1_000_000],
  [/^claude-/, 200_000],
  [/^gemini-.*image/, 32_768],
  [/^gemini-/, 1_048_576],
];

/** How much a model reads at once, and how much of it is kept free for its answer, thinking included. */
export function contextLengthOf(
  name: string,
  listed: Model | undefined,
  maxTokens: number | undefined,
): ContextLength {
  const [, ofName, longest] = families.find(([pattern]) => pattern.test(bareName(name))) ?? [];
  const tokens = listed?.contextTokens ?? ofName ?? DEFAULT_CONTEXT_TOKENS;
  const thinks = isThinkingName(name) || (listed?.effortLevels?.length ?? 0) > 0;
  const usual = thinks ? THINKING_ANSWER_TOKENS : ANSWER_TOKENS;
  const wanted = Math.min(
    maxTokens ?? usual,
    tokens * (maxTokens === undefined ? MAX_RESERVED_SHARE : MAX_CHOSEN_SHARE),
  );
  return {
    tokens,
    reserved: Math.floor(Math.max(wanted, listed?.contextTokens === undefined ? (longest ?? 0) : 0)),
    isKnown: listed?.contextTokens !== undefined || ofName !== undefined,
  };
}
