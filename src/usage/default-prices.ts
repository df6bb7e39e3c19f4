import type { TokenPrice } from '../provider/provider.ts';

/** What a call costs, in millionths of a dollar. */
export type Price = {
  promptMicrosPerMillion: number;
  completionMicrosPerMillion: number;
  imageMicros: number;
};

const DOLLAR = 1_000_000;
/** Of dollars for a million tokens, read and written. */
export const tokenPrice = ({ prompt, completion }: TokenPrice): Price => ({
  promptMicrosPerMillion: Math.round(prompt * DOLLAR),
  completionMicrosPerMillion: Math.round(completion * DOLLAR),
  imageMicros: 0,
});
const tokens = (prompt: number, completion: number) => tokenPrice({ prompt, completion });
/**
 * Dollars for an image: a square one of medium quality, where that matters; and for a million tokens, by which it is paid
 * where the server counts them.
 */
const image = (dollars: number, byTokens: TokenPrice = { prompt: 0, completion: 0 }): Price => ({
  ...tokenPrice(byTokens),
  imageMicros: Math.round(dollars * DOLLAR),
});
/** As others reported it; of the two prices for what is read, words (5) and images (8), the dearer one. */
const imageTokens = { prompt: 8, completion: 30 };

/**
 * What OpenAI asks for its models as far as it was known in November 2026, without discounts for caching and batches.
 * Prices change without a word to us: the page of prices calls these built in, and an administrator sets what is true.
 */
const defaults = new Map<string, Price>([
  ['gpt-6-astra', tokens(10, 50)],
  ['gpt-5.6-sol', tokens(5, 30)],
  ['gpt-5.6-terra', tokens(2, 12)],
  ['gpt-5.6-luna', tokens(0.2, 1.2)],
  ['gpt-5.4', tokens(2.5, 15)],
  ['gpt-5.4-mini', tokens(0.75, 4.5)],
  ['gpt-5.4-nano', tokens(0.2, 1.25)],
  ['gpt-5.2', tokens(1.75, 14)],
  ['gpt-5.1', tokens(1.25, 10)],
  ['gpt-5', tokens(1.25, 10)],
  ['gpt-5-mini', tokens(0.25, 2)],
  ['gpt-5-nano', tokens(0.05, 0.4)],
  ['gpt-4.1', tokens(2, 8)],
  ['gpt-4.1-mini', tokens(0.4, 1.6)],
  ['gpt-4o', tokens(2.5, 10)],
  ['gpt-4o-mini', tokens(0.15, 0.6)],
  ['o3', tokens(2, 8)],
  ['gpt-image-2.5-flare', image(0.0132, imageTokens)],
  ['gpt-image-2.5-sunburst', image(0.0132, imageTokens)],
  ['gpt-image-2', image(0.053)],
  ['gpt-image-1.5', image(0.034)],
  ['chatgpt-image-latest', image(0.034)],
  ['gpt-image-1-mini', image(0.011)],
  // The built-in model works on this machine.
  ['demo', tokens(0, 0)],
  ['demo-image', image(0)],
]);

/** The built-in price of a well-known model; a vendor's prefix and the date at the end of a name do not matter. */
export function defaultPrice(model: string): Price | undefined {
  const bare = model.toLowerCase().slice(model.lastIndexOf('/') + 1);
  return defaults.get(bare) ?? defaults.get(bare.replace(/-\d{4}-\d{2}-\d{2}$/, ''));
}
