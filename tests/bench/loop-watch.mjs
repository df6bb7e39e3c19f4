import { short } from './numbers.mjs';

/** A server that stands still for longer than that is given up. */
const LIMIT_MS = 60_000;

/**
 * Watches the event loop of a server process that was started with loop-probe.mjs. A gap is the time that the loop could
 * not take up anything else; what the bench itself, on the same cores, held up is told apart (`waitedMs`).
 */
export function createLoopWatch(child) {
  return {
    begin: () => child.send({ loop: 'begin' }),

    /** @returns the longest gap since `begin` as `{ ms, waitedMs, busyMs }` @throws Error when the server stays silent */
    end: () =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          child.off('message', take);
          reject(new Error(`the server stood still for more than ${LIMIT_MS / 1000} s`));
        }, LIMIT_MS);
        const take = ({ loop }) => {
          clearTimeout(late);
          resolve(longestOf(loop));
        };
        child.once('message', take);
        child.send({ loop: 'end' });
      }),
  };
}

/** By the time that Salon itself took: what waited for a core is no work of its. */
function longestOf(gaps) {
  const all = gaps.map(({ ms, waitedMs }) => ({ ms, waitedMs, busyMs: ms - waitedMs }));
  return all.reduce((most, gap) => (gap.busyMs > most.busyMs ? gap : most), {
    ms: 0,
    waitedMs: 0,
    busyMs: 0,
  });
}

/** A gap for people; how much of it was waiting for a core is named where it matters. */
export const gapText = ({ busyMs, waitedMs }) =>
  waitedMs < 2 ? short(busyMs, 'ms') : `${short(busyMs, 'ms')} (and ${short(waitedMs)} waiting for a core)`;
