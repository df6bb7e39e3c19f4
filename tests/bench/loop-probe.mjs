// Loaded into the server process before its own code (`node --import`), by the bench alone: it measures how long the
// event loop stands still, when the bench asks over the channel between the two processes (loop-watch.mjs).
import { openSync, readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const STEP_MS = 1;
/** The wait for a core is read once in this many steps, since reading it takes 0.04 ms. */
const LOOK_EVERY = 5;
/** Shorter gaps are the ordinary work of a server. */
const GAP_MS = 5;
/** What a message that ends the watch was held up by is measured by the timer after it. */
const SETTLE_MS = 50;
const KEPT = 5;

if (isMainThread && process.send) listen();

function listen() {
  let watch;
  process.on('message', ({ loop }) => {
    if (loop === 'begin') watch = begin();
    if (loop === 'end') setTimeout(() => process.send({ loop: watch.end() }), SETTLE_MS);
  });
  // The server ends as it would without the bench.
  process.channel.unref();
}

/** `end()` gives the longest gaps: `ms`, and `waitedMs` of them without a core, because others had it. */
function begin() {
  const waited = openWaitingTime();
  const gaps = [];
  let at = performance.now();
  let before = waited();
  let steps = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const ms = now - at - STEP_MS;
    at = now;
    if (ms < GAP_MS && (steps = (steps + 1) % LOOK_EVERY) !== 0) return;
    const after = waited();
    if (ms >= GAP_MS) gaps.push({ ms, waitedMs: Math.min(ms, after - before) });
    before = after;
  }, STEP_MS);
  return {
    end() {
      clearInterval(timer);
      return gaps.sort((one, other) => other.ms - one.ms).slice(0, KEPT);
    },
  };
}

/** How many milliseconds the main thread has been ready to run without a core; Linux counts it, elsewhere 0. */
function openWaitingTime() {
  const text = Buffer.alloc(64);
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    return () => Number(text.latin1Slice(0, readSync(file, text, 0, text.length, 0)).split(' ')[1]) / 1e6;
  } catch {
    return () => 0;
  }
}
