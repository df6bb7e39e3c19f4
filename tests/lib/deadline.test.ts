import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isDeadline, withDeadline } from '../../src/lib/deadline.ts';

/** Work that never ends by itself. */
const forever = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

function collectGarbage(): void {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
}

it('ends what takes too long, also when the garbage was collected meanwhile', async () => {
  const failed = withDeadline(300, new AbortController().signal, forever).catch((error: unknown) => error);
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    await sleep(10);
  }
  expect(isDeadline(await failed)).toBe(true);
});

it('ends with its parent, for the reason of the parent, and at once when that was aborted before', async () => {
  const stop = new AbortController();
  const failed = withDeadline(60_000, stop.signal, forever).catch((error: unknown) => error);
  const reason = new Error('stopped');
  stop.abort(reason);
  expect(await failed).toBe(reason);
  await withDeadline(60_000, stop.signal, async (signal) => expect(signal.reason).toBe(reason));
});

it('hands over what the work gives in time', async () => {
  expect(await withDeadline(60_000, undefined, async () => 'done')).toBe('done');
});

it('lets any number wait for its end without a warning', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  await withDeadline(60_000, undefined, async (signal) => {
    for (let i = 0; i < 50; i++) signal.addEventListener('abort', () => {});
  });
  // Node tells of them in a later turn.
  await sleep(10);
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
