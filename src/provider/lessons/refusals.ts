import type { Fault } from '../faults.ts';
import type { Lesson } from './lessons.ts';

/** Fields of a chat call that an answer does not depend on, with the name to try instead where there is one. */
const optional: ReadonlyMap<string, string | undefined> = new Map([
  ['stream_options', undefined],
  ['reasoning_effort', undefined],
  ['max_tokens', 'max_completion_tokens'],
  ['max_completion_tokens', 'max_tokens'],
  ['temperature', undefined],
  ['top_p', undefined],
  // Refused to organizations that OpenAI has not verified: the whole answer comes at once then.
  ['stream', undefined],
]);

const unknownField =
  /extra (fields|inputs)|(unknown|unrecognized|unrecognised|unexpected|unsupported) (request )?(field|parameter|argument|key|property)/i;

/**
 * What to change after a refusal that names one of the optional fields that were sent, as `error.param`, as the place in a
 * list of details (FastAPI) or in its message. Nothing when it says something else, or the same as before.
 */
export function lessonFrom(
  fault: Fault,
  sent: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Lesson>,
): Lesson | undefined {
  const { code } = fault.error;
  if (fault.status !== 400 && fault.status !== 422) return undefined;
  if (code !== 'upstream_refused' && code !== 'upstream_not_allowed') return undefined;
  const candidates = [...optional.keys()].filter(
    (field) => sent[field] !== undefined && sent[field] !== false,
  );
  const { params, text, words } = saidIn(fault.raw);
  const field =
    candidates.find((name) => params.some((param) => param === name || param.startsWith(`${name}.`))) ??
    candidates.find((name) => new RegExp(`(?<![\\w])${name}(?![\\w])`).test(text) && isNamed(name, text)) ??
    candidates.find((name) => name === 'stream_options' && unknownField.test(text));
  if (field === undefined || known.has(field)) return undefined;
  const instead = optional.get(field);
  // Where both names are refused, the limit is not sent at all.
  return { field, instead: instead !== undefined && !known.has(instead) ? instead : undefined, words };
}

/** A word that is also English ("stream") counts only in quotes, as servers name fields. */
const isNamed = (name: string, text: string) =>
  name.includes('_') || name === 'temperature' || new RegExp(`['"\`]${name}['"\`]`).test(text);

/** What an error's body says to people; the whole of it when it says nothing to them. */
export const wordsIn = (raw: string) => saidIn(raw).words;

/** `words`: what is meant for people. */
function saidIn(raw: string): { params: string[]; text: string; words: string } {
  try {
    const root: unknown = JSON.parse(raw);
    const first: unknown = Array.isArray(root) ? root[0] : root;
    const error = fieldsOf(fieldsOf(first)['error'] ?? first);
    const details = Array.isArray(error['detail']) ? (error['detail'] as unknown[]) : [];
    const places = details.flatMap((detail) => {
      const place = fieldsOf(detail)['loc'];
      return Array.isArray(place) ? (place as unknown[]).filter((part) => part !== 'body').slice(0, 1) : [];
    });
    const params = [error['param'], ...places].filter((param) => typeof param === 'string');
    const { message } = error;
    return { params, text: raw, words: typeof message === 'string' ? message : raw };
  } catch {
    return { params: [], text: raw, words: raw };
  }
}

const fieldsOf = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
