import { z } from 'zod';
import { imageFormats } from '../platform/image-codec.ts';
import { optionalFlag, optionalName, optionalText, optionalWhole } from '../web/validation.ts';
import { MAX_PROMPT } from './request.ts';

const autoText = optionalName(200).transform((value) => (value === 'auto' ? undefined : value));

/** What a client or the form may ask for; the model's family says later what of it can be had. */
export const imageInput = z.object({
  prompt: z.string().max(MAX_PROMPT),
  model: autoText,
  size: optionalText(20),
  quality: optionalText(20),
  background: optionalText(20),
  format: optionalText(10),
  compression: optionalWhole(0, 100),
  moderation: optionalText(20),
  n: optionalWhole(1, 10),
  client_id: optionalName(100),
});

/** What can be changed afterwards. */
export const imageChange = z.object({ title: z.string().max(2000).optional(), favourite: optionalFlag });

/** A smaller copy: pixels and format. */
export const viewInput = z.object({
  w: optionalWhole(1, 2048),
  h: optionalWhole(1, 2048),
  format: z.enum(imageFormats).optional(),
});
