import { AppError } from '../lib/errors.ts';
import type { TokenPrice } from '../provider/provider.ts';
import { defaultPrice, tokenPrice, type Price } from './default-prices.ts';
import type { PriceRow, UsageStore } from './store.ts';

/** A model's price as the administration sees it. Version 0: nobody has changed it; `source` none: there is no price. */
export type ModelPrice = Price & {
  model: string;
  source: 'own' | 'listed' | 'default' | 'none';
  version: number;
};
export type Amounts = { promptTokens: number; completionTokens: number; images: number };
export type Prices = Awaited<ReturnType<typeof openPrices>>;

const MAX_MODEL_CHARACTERS = 200;
const free: Price = { promptMicrosPerMillion: 0, completionMicrosPerMillion: 0, imageMicros: 0 };

type Deps = {
  store: UsageStore;
  /** What the server of a model asks for it, as it lists it. */
  listed(model: string): TokenPrice | undefined;
  now: () => number;
};

/**
 * The price of each model: an administrator's, else the one that its server lists, else a built-in one, else none, which
 * costs 0 and is marked. Changed prices are kept in memory too, since each call asks for one.
 */
export async function openPrices({ store, listed, now }: Deps) {
  const own = new Map<string, PriceRow>((await store.listPrices()).map((row) => [row.model, row]));

  function find(model: string): ModelPrice {
    const row = own.get(model);
    if (row) return { model, source: 'own', version: row.version, ...priceOf(row) };
    const asked = listed(model);
    if (asked) return { model, source: 'listed', version: 0, ...tokenPrice(asked) };
    const price = defaultPrice(model);
    return { model, source: price ? 'default' : 'none', version: 0, ...(price ?? free) };
  }

  return {
    find,

    /** The named models and all that somebody has given a price, by name. */
    list: (models: Iterable<string>): ModelPrice[] =>
      [...new Set([...models, ...own.keys()])].sort().map(find),

    /** @throws AppError `conflict` when it was changed since that version, `invalid` for a name that is none */
    async change(
      actor: { id: string },
      change: Price & { model: string; version: number },
    ): Promise<ModelPrice> {
      const model = change.model.trim();
      if (model === '' || model.length > MAX_MODEL_CHARACTERS)
        throw new AppError('invalid', {
          fields: [{ field: 'model', message: model === '' ? 'required' : 'too_long' }],
          params: { max: MAX_MODEL_CHARACTERS },
        });
      const row = await store.changePrice({ ...change, model, actorId: actor.id, now: now() });
      if (!row) throw new AppError('conflict');
      own.set(model, row);
      return find(model);
    },
  };
}

/** What amounts cost, in millionths of a dollar, rounded up. */
export function costOf(price: Price, { promptTokens, completionTokens, images }: Amounts): number {
  const tokens =
    promptTokens * price.promptMicrosPerMillion + completionTokens * price.completionMicrosPerMillion;
  return Math.ceil(tokens / 1_000_000) + images * price.imageMicros;
}

const priceOf = (row: PriceRow): Price => ({
  promptMicrosPerMillion: row.prompt_micros_per_million,
  completionMicrosPerMillion: row.completion_micros_per_million,
  imageMicros: row.image_micros,
});
