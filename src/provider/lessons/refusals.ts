import { errorIn, type Fault } from '../faults.ts';
import { fieldsOf, stringIn } from '../json.ts';
import type { Lesson } from './lessons.ts';

/** Fields that an answer does not depend on, with the name to try instead where there is one. */
export type OptionalFields = ReadonlyMap<string, string | undefined>;

/** What was sent, which of it may be left out, and what was refused before. */
type Asked = {
  optional: OptionalFields;
  sent: Readonly<Record<string, unknown>>;
  known: ReadonlyMap<string, Lesson>;
};

const unknownField =
  /extra (fields|inputs)|(unknown|unrecognized|unrecognised|unexpected|unsupported) (request )?(field|parameter|argument|key|property)/i;

/** Words that mean a field without its name. */
const unnamed: ReadonlyMap<string, RegExp> = new Map([
  ['stream_options', unknownField],
  [
    'background',
    /transparent background.{0,40}(not|n't|un) ?(support|available)|(not|n't|un) ?support.{0,40}transparen/i,
  ],
]);

/**
 * What to change after a refusal that names one of the optional fields that were sent, as `error.param`, as the place in a
 * list of details (FastAPI) or in its message. Nothing when it says something else, or the same as before.
 */
export function lessonFrom(fault: Fault, { optional, sent, known }: Asked): Lesson | undefined {
  const { code } = fault.error;
  if (fault.status !== 400 && fault.status !== 422) return undefined;
  if (code !== 'upstream_refused' && code !== 'upstream_not_allowed') return undefined;
  const candidates = [...optional.keys()].filter(
    (field) => sent[field] !== undefined && sent[field] !== false,
  );
  const { raw } = fault;
  const params = paramsIn(raw);
  const field =
    candidates.find((name) => params.some((param) => isSame(name, param))) ??
    candidates.find((name) => isWordOf(raw, name) && isNamed(name, raw)) ??
    candidates.find((name) => unnamed.get(name)?.test(raw));
  if (field === undefined || known.has(field)) return undefined;
  const instead = optional.get(field);
  // Where both names are refused, the limit is not sent at all.
  return {
    field,
    instead: instead !== undefined && !known.has(instead) ? instead : undefined,
    words: wordsIn(raw),
  };
}

/** A part of what was sent, or the whole that it is a part of. */
const isSame = (name: string, param: string) =>
  param === name || param.startsWith(`${name}.`) || name.startsWith(`${param}.`);

const isWordOf = (text: string, name: string) =>
  new RegExp(`(?<![\\w])${name.replaceAll('.', '\\.')}(?![\\w])`).test(text);

/** A word that is also English ("stream") counts only in quotes, as servers name fields. */
const isNamed = (name: string, text: string) =>
  /[._]/.test(name) || name === 'temperature' || new RegExp(`['"\`]${name}['"\`]`).test(text);

/** What an error's body says to people; the whole of it when it says nothing to them. */
export const wordsIn = (raw: string) => stringIn(fieldsOf(errorIn(raw))['message']) || raw;

/** The fields that an error names apart from its message. */
function paramsIn(raw: string): string[] {
  const { param, detail } = fieldsOf(errorIn(raw));
  const places = (Array.isArray(detail) ? (detail as unknown[]) : []).flatMap((one) => {
    const place = fieldsOf(one)['loc'];
    return Array.isArray(place) ? (place as unknown[]).filter((part) => part !== 'body').slice(0, 1) : [];
  });
  return [param, ...places].filter((name) => typeof name === 'string');
}
