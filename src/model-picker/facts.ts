import { levelsOf } from '../provider/models/effort.ts';
import type { ModelChoice } from '../provider/models/models.ts';
import type { ModelPrice } from '../usage/usage.ts';

const MICROS = 1_000_000;
/** Dollars for a million tokens of answers up to which a model is cheap (1) or in the middle (2); above that it is 3. */
const CHEAP_DOLLARS = 2;
const MIDDLE_DOLLARS = 12;
const END_IS_NEAR_MS = 90 * 24 * 60 * 60_000;

/** 0: it costs nothing. */
export type PriceClass = 0 | 1 | 2 | 3;
/** What helps to choose a model; what is not known is left out. */
export type ModelFacts = {
  seesImages?: true;
  thinks?: true;
  contextTokens?: number;
  priceClass?: PriceClass;
  /** The day on which it ends, once that is less than 90 days away. */
  endsOn?: string;
};

/** The facts about a model, at the time `now` in milliseconds. */
export function factsOf(choice: ModelChoice, price: ModelPrice, now: number): ModelFacts {
  const { seesImages, contextTokens, shutdownDate } = choice;
  const thinks = levelsOf(choice.name, choice).some((level) => level !== 'none');
  const priceClass = classOf(price);
  const endsSoon = shutdownDate !== undefined && Date.parse(shutdownDate) - now < END_IS_NEAR_MS;
  return {
    ...(seesImages === true ? { seesImages } : {}),
    ...(thinks ? { thinks } : {}),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(priceClass === undefined ? {} : { priceClass }),
    ...(endsSoon ? { endsOn: shutdownDate } : {}),
  };
}

/** By what answers cost, which is most of a bill; undefined where there is no price. */
function classOf({ source, completionMicrosPerMillion: micros }: ModelPrice): PriceClass | undefined {
  if (source === 'none') return undefined;
  if (micros === 0) return 0;
  if (micros <= CHEAP_DOLLARS * MICROS) return 1;
  return micros <= MIDDLE_DOLLARS * MICROS ? 2 : 3;
}

/** How long a context is, shortly: 8192 is `8k`, 1,048,576 is `1M`. */
export function shortTokens(tokens: number): string {
  if (tokens >= 999_500) return `${Number((tokens / 1_000_000).toFixed(1))}M`;
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}k` : String(tokens);
}
