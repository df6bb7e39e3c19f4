import { expect, it } from 'vitest';
import { createWindows } from '../../src/usage/rate-windows.ts';

const MINUTE = 60_000;
const at = (start: number) => {
  let time = start;
  return { now: () => time, go: (ms: number) => (time += ms) };
};

it('lets in as many as the limit says, then says when there is room again', () => {
  const clock = at(10 * MINUTE);
  const windows = createWindows(clock.now);
  const taken = Array.from({ length: 5 }, () => windows.take('a', 3));
  expect(taken.map(({ isAllowed }) => isAllowed)).toEqual([true, true, true, false, false]);
  expect(taken.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
  const wait = taken[4]?.resetSeconds ?? 0;
  clock.go((wait - 1) * 1000);
  expect(windows.take('a', 3).isAllowed).toBe(false);
  clock.go(1000);
  expect(windows.take('a', 3).isAllowed).toBe(true);
});

it('does not let twice as many in around the turn of a minute', () => {
  const clock = at(10 * MINUTE + 59_000);
  const windows = createWindows(clock.now);
  const burst = () =>
    Array.from({ length: 20 }, () => windows.take('a', 10)).filter((one) => one.isAllowed).length;
  expect(burst()).toBe(10);
  clock.go(2000);
  expect(burst()).toBeLessThanOrEqual(1);
});

it('keeps keys apart, forgets silent ones and knows no limit of 0', () => {
  const clock = at(10 * MINUTE);
  const windows = createWindows(clock.now);
  expect(windows.take('a', 1).isAllowed).toBe(true);
  expect(windows.take('b', 1).isAllowed).toBe(true);
  expect(windows.take('a', 1).isAllowed).toBe(false);
  for (let i = 0; i < 100; i++) expect(windows.take('c', 0).isAllowed).toBe(true);
  clock.go(5 * MINUTE);
  windows.take('d', 1);
  expect(windows.size()).toBe(1);
});
