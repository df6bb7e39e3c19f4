import { expect, it } from 'vitest';
import { compareTexts, type Passage } from '../../src/lib/text-comparison/compare-texts.ts';

const marked = (passages: readonly Passage[] = []) =>
  passages.map(({ text, isShared }) => (isShared ? text : `[${text}]`)).join('');
const compare = (one: string, other: string) => {
  const found = compareTexts(one, other);
  return [marked(found?.one), marked(found?.other)];
};
const textOf = (passages: readonly Passage[] = []) => passages.map(({ text }) => text).join('');
const sharedOf = (passages: readonly Passage[] = []) =>
  passages.filter(({ isShared }) => isShared).map(({ text }) => text);

it('marks the words in which two sentences differ', () => {
  expect(compare('Why do herons stand on one leg?', 'Why do tall cranes stand on one leg?')).toEqual([
    'Why do [herons ]stand on one leg?',
    'Why do [tall cranes ]stand on one leg?',
  ]);
});

it('finds lines that stand in both, whatever was put between them', () => {
  const [one, other] = compare(
    'a first line\nthe second\nthe end\n',
    'a first line\nanother\nmore\nthe end\n',
  );
  expect(one).toBe('a first line\n[the second\n]the end\n');
  expect(other).toBe('a first line\n[another\nmore\n]the end\n');
});

it('marks nothing in texts that are the same but for their spaces', () => {
  expect(compare('one  two\nthree', 'one two\nthree')).toEqual(['one  two\nthree', 'one two\nthree']);
  expect(compare('', '')).toEqual(['', '']);
});

it('takes a single word between long differences for chance', () => {
  const [one] = compare(
    'The tower stands on a rock in the sea and has been dark for years.',
    'A lamp turns all night the keeper said while nobody listened anywhere.',
  );
  expect(one).toMatch(/^\[[^[\]]+\]\.$/);
});

it('compares texts without spaces by characters', () => {
  expect(compare('京都の図書館で本を読む', '京都の図書館で新聞を読む')).toEqual([
    '京都の図書館で[本]を読む',
    '京都の図書館で[新聞]を読む',
  ]);
});

it('keeps every character of both texts, and shares the same passages, whatever they are', () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const words = ['oak', 'ash ', 'elm\n', '😀', '  ', 'yew, ', '\n\n', 'über'];
  for (let round = 0; round < 200; round += 1) {
    const make = () => Array.from({ length: random(40) }, () => words[random(words.length)] ?? '').join('');
    const [one, other] = [make(), make()];
    const found = compareTexts(one, other);
    expect(textOf(found?.one)).toBe(one);
    expect(textOf(found?.other)).toBe(other);
    const squeezed = (passages: readonly Passage[] = []) => sharedOf(passages).join('').replace(/\s+/g, '');
    expect(squeezed(found?.one)).toBe(squeezed(found?.other));
  }
});

it('gives up the marks, not the answer, where texts are too long or too different', () => {
  expect(compareTexts('a'.repeat(300_000), 'b'.repeat(200_000))).toBeUndefined();
  const lines = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word} ${i * i}`).join('\n');
  const found = compareTexts(lines('left'), lines('right'));
  expect(textOf(found?.one)).toBe(lines('left'));
  expect(textOf(found?.other)).toBe(lines('right'));
});
