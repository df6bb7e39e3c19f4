import { estimateTokens } from '../provider/tokens.ts';

/** Anthropic's figure, width × height / 750; OpenAI's models take between half of it and as much. */
const PIXELS_PER_TOKEN = 750;
/** Han, kana and hangul: about one token for each character. */
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** About how many tokens an image of so many pixels is for a model. */
export const imageTokens = ({ width, height }: { width: number; height: number }): number =>
  Math.ceil((width * height) / PIXELS_PER_TOKEN);

/** About how many tokens a text is for a model. */
export function textTokens(text: string): number {
  const rest = text.replace(IDEOGRAPHS, '').length;
  return text.length - rest + estimateTokens(rest);
}
