import { sizeText } from '../lib/size.ts';
import type { ModelPrice } from './prices.ts';
import type { Sums } from './reports/reports.ts';
import type { Storage } from './storage.ts';

const MICROS = 1_000_000;

/** Millionths of a dollar as people read them; small amounts with as many places as they need. */
export function money(language: string, micros: number): string {
  const maximumFractionDigits = micros === 0 || micros >= MICROS ? 2 : micros >= 10_000 ? 4 : 6;
  const style = {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits,
  } as const;
  return new Intl.NumberFormat(language, style).format(micros / MICROS);
}

/** Sums as a table and a list of facts show them. */
export function sumsView(language: string, sums: Sums) {
  const number = (value: number) => new Intl.NumberFormat(language).format(value);
  return {
    calls: number(sums.calls),
    failed: number(sums.failed),
    promptTokens: number(sums.promptTokens),
    completionTokens: number(sums.completionTokens),
    images: number(sums.images),
    cost: money(language, sums.costMicros),
    running: sums.reservedMicros > 0 ? money(language, sums.reservedMicros) : null,
    estimated: sums.estimated,
    unpriced: sums.unpriced,
  };
}

export type SumsView = ReturnType<typeof sumsView>;
/** A line of the table; `url` leads to what it sums up. */
export type SumsRow = SumsView & { label: string; url: string | null };

export function sumsJson(sums: Sums) {
  return {
    calls: sums.calls,
    failed: sums.failed,
    prompt_tokens: sums.promptTokens,
    completion_tokens: sums.completionTokens,
    images: sums.images,
    cost_micros: sums.costMicros,
    reserved_micros: sums.reservedMicros,
    estimated: sums.estimated,
    unpriced: sums.unpriced,
  };
}

/** `percent` 0 to 100; null without a limit. */
export function storageView(language: string, { used, limit, ownLimit }: Storage) {
  return {
    used: sizeText(language, used),
    limit: limit > 0 ? sizeText(language, limit) : null,
    ownMegabytes: ownLimit === null ? '' : String(ownLimit / 1_000_000),
    percent: limit > 0 ? Math.min(100, Math.round((used / limit) * 100)) : null,
  };
}

export type StorageView = ReturnType<typeof storageView>;

export function storageJson({ used, limit, ownLimit }: Storage) {
  return { used_bytes: used, limit_bytes: limit > 0 ? limit : null, has_own_limit: ownLimit !== null };
}

/** A price in dollars, as it is typed and sent. */
export function priceJson(price: ModelPrice) {
  return {
    model: price.model,
    prompt_usd_per_million: price.promptMicrosPerMillion / MICROS,
    completion_usd_per_million: price.completionMicrosPerMillion / MICROS,
    image_usd: price.imageMicros / MICROS,
    source: price.source,
    version: price.version,
  };
}
