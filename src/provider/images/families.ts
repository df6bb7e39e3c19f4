import type { ImageFamily } from '../provider.ts';

/** The parameters of a family beyond what a form shows. */
export type Family = ImageFamily & {
  /** Answers a URL unless asked for bytes; the GPT Image models always answer bytes and refuse to be asked. */
  takesResponseFormat: boolean;
};

/*
 * By OpenAI's reference of the image endpoint and the types of its official client (7.55.0), as of 2026-11-25. The bounds of
 * free sizes in pixels were reported by others.
 */

/** `gpt-image-1.5`, `chatgpt-image-latest`, and what may come under such a name. */
const gptImage: Family = {
  name: 'gpt-image',
  sizes: ['auto', '1024x1024', '1536x1024', '1024x1536'],
  qualities: ['auto', 'low', 'medium', 'high'],
  backgrounds: ['auto', 'transparent', 'opaque'],
  transparency: 'yes',
  formats: ['png', 'webp', 'jpeg'],
  takesCompression: true,
  moderations: ['auto', 'low'],
  maxCount: 10,
  edits: { maxReferences: 16, takesMask: true, takesMarkup: false, inputFidelities: ['low', 'high'] },
  streamsPartials: true,
  takesResponseFormat: false,
};

const gptImageMini: Family = {
  ...gptImage,
  name: 'gpt-image-1-mini',
  edits: { maxReferences: 16, takesMask: true, takesMarkup: false, inputFidelities: ['low'] },
};

/** From 2 on any size; the list is what a form offers. */
const gptImage2: Family = {
  ...gptImage,
  name: 'gpt-image-2',
  sizes: [...gptImage.sizes, '2048x2048', '2560x1440', '1440x2560', '3840x2160', '2160x3840'],
  freeSizes: { step: 16, maxEdge: 3840, maxRatio: 3, minPixels: 660_000, maxPixels: 3840 * 2160 },
  transparency: 'preview',
  edits: { maxReferences: 16, takesMask: true, takesMarkup: false, inputFidelities: [] },
};

/** 2.5 and 2.6. */
const gptImage25: Family = {
  ...gptImage2,
  name: 'gpt-image-2.5',
  qualities: [...gptImage.qualities, 'xhigh', 'max'],
  transparency: 'yes',
  edits: { maxReferences: 16, takesMask: true, takesMarkup: true, inputFidelities: [] },
};

/** Shut down at OpenAI in May 2026; compatible servers still speak both dialects of DALL·E. */
const dallE3: Family = {
  name: 'dall-e-3',
  sizes: ['1024x1024', '1792x1024', '1024x1792'],
  qualities: ['standard', 'hd'],
  backgrounds: [],
  transparency: 'no',
  formats: [],
  takesCompression: false,
  moderations: [],
  maxCount: 1,
  edits: undefined,
  streamsPartials: false,
  takesResponseFormat: true,
};

const dallE2: Family = {
  ...dallE3,
  name: 'dall-e-2',
  sizes: ['1024x1024', '512x512', '256x256'],
  qualities: [],
  maxCount: 10,
  edits: { maxReferences: 1, takesMask: true, takesMarkup: false, inputFidelities: [] },
};

/** Whether it edits, its server says itself. */
const unknown: Family = {
  ...dallE3,
  name: 'other',
  sizes: ['1024x1024', '512x512', '768x768', '1024x768', '768x1024', '1536x1024', '1024x1536'],
  qualities: [],
  maxCount: 4,
  edits: { maxReferences: 16, takesMask: true, takesMarkup: false, inputFidelities: [] },
  takesResponseFormat: false,
};

/** What an image model takes, by its name; a vendor's prefix (`openai/…`) does not matter. */
export function familyOf(model: string): Family {
  const bare = model.toLowerCase().slice(model.lastIndexOf('/') + 1);
  if (/^gpt-image-2\.[5-9]/.test(bare)) return gptImage25;
  if (/^gpt-image-2(?![\d.])/.test(bare)) return gptImage2;
  if (/^gpt-image-1-mini/.test(bare)) return gptImageMini;
  if (/^(gpt|chatgpt)-image/.test(bare)) return gptImage;
  if (/^dall-?e-?3/.test(bare)) return dallE3;
  if (/^dall-?e-?2/.test(bare)) return dallE2;
  return unknown;
}
