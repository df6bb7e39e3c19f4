import { expect, it } from 'vitest';
import { runSweep } from './run.ts';

const ROUNDS = 20;
const LONGEST_MS = 180_000;

it('twenty kills under load lose nothing that was promised', { timeout: LONGEST_MS }, async () => {
  const lines: string[] = [];
  const { violations, counts } = await runSweep({
    rounds: ROUNDS,
    seed: '42',
    tell: (line) => lines.push(line),
  });
  expect(violations).toEqual([]);
  // A sweep that did nothing would find nothing.
  const done = new Map(counts);
  expect(done.get('kills under load')).toBe(ROUNDS);
  expect(done.get('acknowledged sends')).toBeGreaterThan(100);
  expect(done.get('readers that came back')).toBeGreaterThan(20);
  expect(done.get('images ready')).toBeGreaterThan(10);
  expect(lines).toHaveLength(ROUNDS);
});
