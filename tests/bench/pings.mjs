import { setTimeout as sleep } from 'node:timers/promises';
import { spread } from './numbers.mjs';

const EVERY_MS = 25;
/** A server that lets so many wait has failed long since. */
const MAX_WAITING = 400;

/**
 * Asks for the same pages again and again, at fixed times, whether or not the answers before have come: a server that
 * stands still makes all of them wait. `requests` are `{ path, cookie, headers }`.
 * @returns `stop()`, which gives the spread of the answers' times for each path, in milliseconds, with how many `failed`
 */
export function startPings(server, requests) {
  const times = new Map(requests.map(({ path }) => [path, []]));
  const failed = new Map(requests.map(({ path }) => [path, 0]));
  const asked = [];
  let waiting = 0;
  let isOver = false;

  const ping = async ({ path, ...options }) => {
    const begun = performance.now();
    waiting += 1;
    const isAnswered = await server.expect(200, 'GET', path, options).then(
      () => true,
      () => false,
    );
    waiting -= 1;
    if (!isAnswered) failed.set(path, failed.get(path) + 1);
    times.get(path).push(performance.now() - begun);
  };
  const all = (async () => {
    for (let due = performance.now(); !isOver; due += EVERY_MS) {
      if (waiting < MAX_WAITING) for (const request of requests) asked.push(ping(request));
      await sleep(Math.max(0, due + EVERY_MS - performance.now()));
    }
  })();
  return async function stop() {
    isOver = true;
    await all;
    await Promise.all(asked);
    const results = requests.map(({ path }) => ({ ...spread(times.get(path)), failed: failed.get(path) }));
    return Object.fromEntries(requests.map(({ path }, i) => [path, results[i]]));
  };
}
