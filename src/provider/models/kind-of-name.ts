import type { ModelKind } from '../provider.ts';
import { bareName, isResponsesName } from './openai-names.ts';

const imageNames =
  /gpt-image|chatgpt-image|dall-?e|imagen-?\d|imagen$|flux|stable-?diffusion|\bsdxl|\bsd-?[123]|^sd-cpp|midjourney|kandinsky|playground-v|pixart|hidream|recraft|ideogram|seedream|cogview|-image\b|image-generation|z-image/;
const otherNames =
  /embed|whisper|\btts|transcri|moderation|realtime|audio|speech|voice|\bsora|\bveo|video|rerank|\bclip\b|\bbge-|\bgte-|\be5-|minilm|colbert|guard|^(davinci|babbage)-002|^gpt-3\.5-turbo-instruct|deep-research|computer-use|^omni-/;

/**
 * What a model does, read from its name where its server says no more. Unknown names chat; those that exist only in the
 * Responses protocol do so where it is spoken.
 */
export function kindOf(name: string, hasResponses = false): ModelKind {
  const bare = bareName(name.toLowerCase());
  if (otherNames.test(bare) || (isResponsesName(bare) && !hasResponses)) return 'other';
  return imageNames.test(bare) ? 'image' : 'chat';
}
