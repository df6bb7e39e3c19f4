import { z } from 'zod';
import { isId } from '../../lib/ids.ts';
import { normalizeText } from '../../lib/text.ts';
import { optionalName, optionalWhole } from '../../web/validation.ts';

/** Twice as long as a message may be: what was pasted and is too long to send is not lost. */
const MAX_DRAFT = 400_000;
const MAX_ATTACHMENTS = 100;
const MAX_ID = 100;

/** The version of a draft, a time in milliseconds; 0 for none. */
export const draftVersion = optionalWhole(0, Number.MAX_SAFE_INTEGER);

/** A form sends one field for each attachment: nothing, a text or a list. */
const attachments = z.preprocess(
  (value) => (value === undefined || value === null ? [] : [value].flat()),
  z.array(z.string().refine(isId, 'unknown_value')).max(MAX_ATTACHMENTS),
);

export const draftInput = z.object({
  content: z.string().max(MAX_DRAFT).transform(normalizeText),
  attachments,
  draft_version: draftVersion,
  client_id: optionalName(MAX_ID),
});
