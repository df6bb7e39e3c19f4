import { wordAt } from './seed-texts.mjs';

/** By how often they are in the seeded account: the first is in most messages, the last in a few. */
const [first, second, third] = [0, 1, 2].map(wordAt);
const [rare, rarer] = [9000, 19_000].map(wordAt);
const swapped = (word) => word.slice(0, 3) + word[4] + word[3] + word.slice(5);

/** Queries of every kind, as a person types them. */
export const queries = {
  'a rare word': rare,
  'a frequent word': first,
  'two frequent words': `${first} ${second}`,
  'three frequent words': `${first} ${second} ${third}`,
  'a frequent and a rare word': `${first} ${rarer}`,
  'two rare words': `${rare} ${rarer}`,
  'one letter': 'k',
  'the beginning of a word': rare.slice(0, 4),
  'a phrase of frequent words': `"${first} ${second}"`,
  'a phrase that is nowhere': `"${rarer} ${rare}"`,
  'two characters of Japanese': '日本',
  'one character of Japanese': '春',
  'a word with a typo': swapped(rare),
  'two words with typos': `${swapped(rare)} ${swapped(rarer)}`,
  'a word that is nowhere': 'xyzzyqj',
  'what a person wrote': `role:user ${first}`,
  'a month': `after:2025-03 before:2025-04 ${first} ${second}`,
  'long ago': `before:2025-02 ${first}`,
  'a kind of which there is nothing': `has:image ${first}`,
  'a model that was never asked': `model:gpt ${first}`,
  'the archive': `in:archive ${first}`,
  'an empty trash': `in:trash ${first}`,
  'a filter alone': 'role:assistant',
};
