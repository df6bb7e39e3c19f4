import type { ModelKind } from '../provider.ts';

const imageNames =
  /gpt-image|chatgpt-image|dall-?e|imagen-?\d|imagen$|flux|stable-?diffusion|\bsdxl|\bsd-?[123]|^sd-cpp|midjourney|kandinsky|playground-v|pixart|hidream|recraft|ideogram|seedream|cogview|-image\b|image-generation|z-image/;
const otherNames =
  /embed|whisper|\btts|transcri|moderation|realtime|audio|speech|voice|\bsora|\bveo|video|rerank|\bclip\b|\bbge-|\bgte-|\be5-|minilm|colbert|guard|^(davinci|babbage)-002|^gpt-3\.5-turbo-instruct|^(o\d|gpt-\d[\d.]*)-pro|deep-research|computer-use|codex|^omni-/;

/** What a model does, read from its name where its server says no more. Unknown names chat. */
export function kindOf(name: string): ModelKind {
  const bare = name.toLowerCase().slice(name.lastIndexOf('/') + 1);
  if (otherNames.test(bare)) return 'other';
  return imageNames.test(bare) ? 'image' : 'chat';
}
