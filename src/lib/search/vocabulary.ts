import { wordsOf } from './terms.ts';

const MIN_LETTERS = 3;
const MAX_LETTERS = 24;
/** No text has more words that are worth suggesting; what has is a list of something. */
const MAX_WORDS = 3000;
const LETTERS = /^\p{L}+$/u;

/** The different words of a text that can complete or correct what somebody types: of letters alone, and not long. */
export function vocabularyOf(text: string): string[] {
  const words = new Set<string>();
  for (const { text: word, isUnspaced } of wordsOf(text)) {
    if (isUnspaced || word.length < MIN_LETTERS || word.length > MAX_LETTERS || !LETTERS.test(word)) continue;
    if (words.add(word).size >= MAX_WORDS) break;
  }
  return [...words];
}
