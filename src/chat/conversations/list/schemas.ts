import { z } from 'zod';
import { isId } from '../../../lib/ids.ts';
import { optionalFlag, optionalWhole } from '../../../web/validation.ts';

/** An address with more ids would be longer than a server takes. */
export const MAX_SELECTED = 300;

/** One id or several, as a form or JSON sends them; what is no id is wrong. */
const ids = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').filter(Boolean) : (value ?? [])),
  z.array(z.string().refine(isId, 'unknown_value')).max(MAX_SELECTED),
);

export const bulkChange = z.object({
  action: z.enum(['archive', 'unarchive', 'pin', 'unpin', 'delete']),
  ids,
  /** Everything in the list, or in the archive, up to an instant. */
  all: optionalFlag,
  archived: optionalFlag,
  until: optionalWhole(0, Number.MAX_SAFE_INTEGER),
});
export type BulkChange = z.output<typeof bulkChange>;

/** `at` for what was archived or deleted; `ids` for the rest, whose opposite is done. */
export const bulkUndo = z.object({
  action: z.enum(['archive', 'unarchive', 'pin', 'unpin', 'delete']),
  ids,
  at: optionalWhole(0, Number.MAX_SAFE_INTEGER),
  archived: optionalFlag,
});
