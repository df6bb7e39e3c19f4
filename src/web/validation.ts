import type { Request } from 'express';
import { z } from 'zod';
import { AppError, type ErrorParams, type FieldError } from '../lib/errors.ts';
import { normalizeName, normalizeText } from '../lib/text.ts';

export type Parsed<T> = { ok: true; value: T } | { ok: false; fields: FieldError[]; params: ErrorParams };

/** Checks a body or query against a shape; unknown members are dropped. A wrong field is a result, not an exception. */
export function check<Shape extends z.ZodType>(shape: Shape, input: unknown): Parsed<z.output<Shape>> {
  const parsed = shape.safeParse(isPlainObject(input) ? input : {});
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    fields: parsed.error.issues.map((issue) => ({
      field: issue.path.join('.') || 'body',
      message: reasonOf(issue),
    })),
    params: Object.assign({}, ...parsed.error.issues.map(boundsOf)) as ErrorParams,
  };
}

/** The same where there is no form to draw again. @throws AppError `invalid`, or `bad_request` for no object at all */
export function parse<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  if (input !== undefined && !isPlainObject(input)) throw new AppError('bad_request');
  const parsed = check(shape, input);
  if (!parsed.ok) throw new AppError('invalid', { fields: parsed.fields, params: parsed.params });
  return parsed.value;
}

/** One value of a query or body as text; undefined for arrays and everything else. */
export function textOf(source: unknown, name: string): string | undefined {
  const value = isPlainObject(source) ? source[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A path parameter; Express knows its name, its type does not. */
export function param(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}

/** Text that may be left out; an empty field of a form counts as left out. `max`: characters as they are stored. */
export const optionalText = (max: number) => optional(normalizeText, max);
/** The same of a name, such as that of a model. */
export const optionalName = (max: number) => optional(normalizeName, max);

const optional = (normalize: (text: string) => string, max: number) =>
  z
    .string()
    .transform(normalize)
    .pipe(z.string().max(max))
    .transform((value) => (value.trim() === '' ? undefined : value))
    .nullish()
    .transform((value) => value ?? undefined);

/** A number from JSON or from a form. */
export const optionalWhole = (min: number, max: number) =>
  z.preprocess(
    (value) =>
      typeof value === 'string' ? (value.trim() === '' ? undefined : Number(value)) : (value ?? undefined),
    z
      .number()
      .refine((value) => Number.isInteger(value) && value >= min && value <= max, {
        message: 'count_range',
        params: { min, max },
      })
      .optional(),
  );

/** `?limit=` of a list: from 1 to 100; what is no number counts as left out. */
export function limitOf(query: unknown, otherwise: number): number {
  const asked = Math.floor(Number(textOf(query, 'limit') ?? otherwise));
  return Number.isNaN(asked) ? otherwise : Math.min(100, Math.max(1, asked));
}

const flagTexts: ReadonlyMap<unknown, boolean> = new Map([
  ...['1', 'true', 'on'].map((text) => [text, true] as const),
  ...['0', 'false', 'off', ''].map((text) => [text, false] as const),
]);

/** JSON true/false or a form's checkbox value; any other text is wrong, not "no". */
export const optionalFlag = z.preprocess(
  (value) => flagTexts.get(value) ?? value ?? undefined,
  z.boolean().optional(),
);

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big') return issue.origin === 'string' ? 'too_long' : 'count_range';
  if (issue.code === 'too_small') return issue.origin === 'string' ? 'required' : 'count_range';
  if (issue.code === 'invalid_value') return 'unknown_value';
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'not_a_number';
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'required' : 'unknown_value';
  return issue.code === 'custom' ? issue.message : 'unknown_value';
}

/** The numbers that the sentence of an issue names. */
function boundsOf(issue: z.core.$ZodIssue): ErrorParams {
  if (issue.code === 'too_big') return { max: Number(issue.maximum) };
  if (issue.code === 'too_small') return { min: Number(issue.minimum) };
  return issue.code === 'custom' ? ((issue.params as ErrorParams | undefined) ?? {}) : {};
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
