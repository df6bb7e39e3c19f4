import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { createLane } from '../../src/platform/worker-thread/lane.ts';

/** Says what it was asked, but for three words that no thread survives. */
const program = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ text }) => {
    if (text === 'hang') for (;;);
    if (text === 'throw') throw new Error('broken');
    if (text === 'exit') process.exit(3);
    if (text === 'late') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    parentPort.postMessage(text);
  });
  parentPort.postMessage('ready');`;

let threads = 0;
const faults: unknown[] = [];
const lane = createLane<{ kind: 'whole'; text: string }>({
  startWorker: async () => {
    threads += 1;
    return new Worker(program, { eval: true });
  },
  reportFault: (cause) => faults.push(cause),
});
const run = (text: string, limitMs = 20_000) => lane.run<string>({ kind: 'whole', text }, limitMs);
afterEach(() => (threads = 0));

it('does one job after the other in one thread', async () => {
  expect(await Promise.all(['a', 'b', 'c'].map((text) => run(text)))).toEqual(['a', 'b', 'c']);
  expect(threads).toBe(1);
});

it.each(['hang', 'throw', 'exit'])(
  'goes on in a new thread after a job that comes to no end: %s',
  async (text) => {
    const results = await Promise.all([
      run('before'),
      run(text, text === 'hang' ? 100 : 20_000),
      run('after'),
    ]);
    expect(results).toEqual(['before', undefined, 'after']);
  },
);

it('gives a result that comes after its time to nobody, least of all to the next job', async () => {
  const late = run('late', 60);
  const next = run('next');
  // The thread is at it: now the main thread is busy until both the limit and the result are due.
  await new Promise((resolve) => setTimeout(() => setImmediate(resolve), 20));
  for (const end = Date.now() + 250; Date.now() < end;);
  expect(await Promise.all([late, next, run('after')])).toEqual([undefined, 'next', 'after']);
});

it('gives no result once it is closed, and to nobody who still waits', async () => {
  const waiting = [run('hang'), run('later')];
  lane.close();
  expect(await Promise.all([...waiting, run('too late')])).toEqual([undefined, undefined, undefined]);
});
