/** Reads values of archives whose shape nobody promises: what has another type counts as missing. */
export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectAt = (source: JsonObject, name: string): JsonObject => {
  const value = source[name];
  return isObject(value) ? value : {};
};
export const textAt = (source: JsonObject, name: string): string | null => {
  const value = source[name];
  return typeof value === 'string' && value !== '' ? value : null;
};
export const numberAt = (source: JsonObject, name: string): number | null => {
  const value = source[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
export const listAt = (source: JsonObject, name: string): unknown[] => {
  const value = source[name];
  return Array.isArray(value) ? (value as unknown[]) : [];
};
export const objectsAt = (source: JsonObject, name: string): JsonObject[] =>
  listAt(source, name).filter(isObject);
export const isTrue = (source: JsonObject, name: string): boolean => source[name] === true;

/** Later than any date that can be shown: what is beyond it is no time. */
const MAX_TIME_MS = 8.64e15;

/** Seconds since 1970 with a fraction, or ISO 8601, as milliseconds; null for anything else. */
export function timeAt(source: JsonObject, name: string): number | null {
  const value = source[name];
  const at = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isFinite(at) && at > 0 && at < MAX_TIME_MS ? Math.round(at) : null;
}

const MAX_NOTE_CHARACTERS = 20_000;

/** What no part of a message is made for stands in it as it is, quoted. */
export function quotedJson(value: unknown): string {
  // Of nothing at all there is no JSON.
  const text = JSON.stringify(value ?? null, null, 2);
  const shown = text.length > MAX_NOTE_CHARACTERS ? `${text.slice(0, MAX_NOTE_CHARACTERS)}…` : text;
  return ['```json', ...shown.split('\n'), '```'].map((line) => `> ${line}`).join('\n');
}

/** Text as a block of code whose fence no line of it can close. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
