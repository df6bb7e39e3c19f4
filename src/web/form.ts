import type { Request } from 'express';
import type { AppError } from '../lib/errors.ts';
import { fieldSentences } from './errors.ts';
import type { Notice } from './page.ts';

/** What a form that failed says when it is shown again: a sentence for each wrong field, or one for the whole. */
export function formFaults(req: Request, failed: AppError | undefined) {
  const fields = failed ? fieldSentences(req.t, failed) : [];
  return {
    // A list is one field of the form: `scopes.0` stands for `scopes`.
    fieldErrors: Object.fromEntries(
      fields.map(({ field, message }) => [field.split('.')[0] ?? field, message]),
    ) as Record<string, string | undefined>,
    error: failed && fields.length === 0 ? req.t(`errors.${failed.code}`, failed.params) : null,
  };
}

/** The green line on the page after a form; `key` names its words, without one there is none. */
export function successNotice(req: Request, key: string | undefined): Notice | null {
  return key === undefined ? null : { kind: 'success', text: req.t(key), undo: null };
}
