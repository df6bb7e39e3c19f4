import { expect, it } from 'vitest';
import { createIds, isId, randomCharacters } from '../../src/lib/ids.ts';

it('makes ids that differ and sort by the order in which they were made', () => {
  const newId = createIds();
  const ids = Array.from({ length: 20_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids.slice(0, 100)) expect([id, isId(id)]).toEqual([id, true]);
});

it('keeps the order when the clock stands still or steps back', () => {
  const clock = [5000, 5000, 4000, 1, 5001, 5000];
  const newId = createIds(() => clock.shift() ?? 0);
  const ids = Array.from({ length: 6 }, newId);
  expect([...ids].sort()).toEqual(ids);
});

it('makes other ids in another process at the same moment', () => {
  const [one, two] = [createIds(() => 1000), createIds(() => 1000)];
  expect(one()).not.toBe(two());
});

it('takes nothing for an id that cannot be one', () => {
  for (const text of [
    '',
    'x',
    '0'.repeat(25),
    '0'.repeat(27),
    'O'.repeat(26),
    `${'0'.repeat(25)}i`,
    `${'0'.repeat(26)}\n`,
    'a.png',
  ])
    expect([text, isId(text)]).toEqual([text, false]);
});

it('draws random characters from letters and digits that look different', () => {
  const text = randomCharacters(4000);
  expect(text).toMatch(/^[0-9a-hjkmnp-tv-z]{4000}$/);
  expect(new Set(text).size).toBe(32);
});
