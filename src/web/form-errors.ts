import type { Request } from 'express';
import type { AppError } from '../lib/errors.ts';
import { fieldMessages } from './errors.ts';
import type { Notice } from './page.ts';

/** What a form that failed says when it is shown again: a sentence for each wrong field, or one for the whole. */
export function formErrors(req: Request, failed: AppError | undefined) {
  const fields = failed ? fieldMessages(req.t, failed) : [];
  return {
    // A list is one field of the form: `scopes.0` stands for `scopes`.
    fieldErrors: table(fields.map(({ field, message }) => [field.split('.')[0] ?? field, message])),
    error: failed && fields.length === 0 ? req.t(`errors.${failed.code}`, failed.params) : null,
  };
}

/** Texts by name, in which any name may be looked up: an object without a prototype has no names of its own. */
const table = (entries: [string, string][]): Record<string, string | undefined> =>
  Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries));

export type FormFaults = ReturnType<typeof formErrors>;

/** The green line on the page after a form; `key` names its words, without one there is none. */
export function successNotice(req: Request, key: string | undefined): Notice | null {
  return key === undefined ? null : { kind: 'success', text: req.t(key), undo: null };
}
