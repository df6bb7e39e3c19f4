import { setTimeout as sleep } from 'node:timers/promises';
import { spread } from './numbers.mjs';

const EVERY_MS = 25;

/**
 * Asks for the same pages again and again, at fixed times, whether or not the answers before have come: a server that
 * stands still makes all of them wait. `requests` are `{ path, cookie, headers }`.
 * @returns `stop()`, which gives the spread of the answers' times for each path, in milliseconds
 */
export function startPings(server, requests) {
  const times = new Map(requests.map(({ path }) => [path, []]));
  const asked = [];
  let isOver = false;

  const ping = async ({ path, ...options }) => {
    const begun = performance.now();
    await server.expect(200, 'GET', path, options);
    times.get(path).push(performance.now() - begun);
  };
  const all = (async () => {
    for (let due = performance.now(); !isOver; due += EVERY_MS) {
      for (const request of requests) asked.push(ping(request));
      await sleep(Math.max(0, due + EVERY_MS - performance.now()));
    }
  })();
  return async function stop() {
    isOver = true;
    await all;
    await Promise.all(asked);
    return Object.fromEntries([...times].map(([path, list]) => [path, spread(list)]));
  };
}
