import { estimateTextTokens } from '../../provider/tokens.ts';
import { isCountable, type TokenCounter } from '../../provider/token-counter/token-counter.ts';
import type { SizedRow } from './store.ts';

/** How long texts are: counted where that is possible and worth its while, else estimated. */
export type Measure = {
  isCounted: boolean;
  /** So much of the limit is used; the rest is for what an estimate may be wrong by. */
  share: number;
  tokensOf(text: string): Promise<number>;
  sizeOf(rows: readonly SizedRow[]): Promise<number>;
};

/** What separates the messages of a chat, by OpenAI's cookbook on counting tokens: three, and one for the role. */
const TOKENS_PER_MESSAGE = 4;
/** Below this share of the limit nothing is cut either way, so that an estimate will do. */
const NEAR_LIMIT_SHARE = 0.6;
/** German and code have up to a quarter more tokens than four characters each make. */
const ESTIMATED_SHARE = 0.8;
/** A number for each of so many messages takes about a megabyte. */
const MAX_KNOWN = 10_000;

/** The estimate, which costs no more than reading the texts. */
export const estimating: Measure = {
  isCounted: false,
  share: ESTIMATED_SHARE,
  tokensOf: (text) => Promise.resolve(estimateTextTokens(text)),
  sizeOf: (rows) => Promise.resolve(rows.reduce((sum, row) => sum + estimateRow(row), 0)),
};

const estimateRow = (row: SizedRow) =>
  estimateTextTokens(row.content) + row.attachment_tokens + TOKENS_PER_MESSAGE;

/** Whether what may be sent comes so near to the limit, in tokens, that it has to be counted. */
export function isNearLimit(rows: readonly SizedRow[], instructions: string, limit: number): boolean {
  let tokens = estimateTextTokens(instructions);
  for (const row of rows) {
    tokens += estimateRow(row);
    if (tokens > limit * NEAR_LIMIT_SHARE) return true;
  }
  return false;
}

/** Counts each message once, in the thread of the counter. */
export function createCounting(counter: Pick<TokenCounter, 'count'>) {
  const known = new Map<string, number>();

  function keep(key: string, tokens: number): void {
    known.set(key, tokens);
    const [oldest] = known.size > MAX_KNOWN ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
  }

  /** @returns the estimate of a text that takes too long to count */
  async function tokensOf(text: string): Promise<number> {
    if (text === '') return 0;
    const [tokens] = (await counter.count([text])) ?? [];
    return tokens ?? estimateTextTokens(text);
  }

  async function sizeOf(rows: readonly SizedRow[]): Promise<number> {
    let sum = 0;
    for (const row of rows) {
      // An answer that goes on is longer then.
      const key = `${row.id} ${row.content.length}`;
      const tokens = known.get(key) ?? (await tokensOf(row.content));
      keep(key, tokens);
      sum += tokens + row.attachment_tokens + TOKENS_PER_MESSAGE;
    }
    return sum;
  }

  return { isCountable, measure: { isCounted: true, share: 1, tokensOf, sizeOf } satisfies Measure };
}

export type Counting = ReturnType<typeof createCounting>;
