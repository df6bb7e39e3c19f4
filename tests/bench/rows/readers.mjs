import { ask, followReply } from '../follow.mjs';
import { gapText } from '../loop-watch.mjs';
import { short } from '../numbers.mjs';

const READERS = 30;
const CONTENT = 'Tell [[text=story kb=20 piece=100 tps=100]]';

/** An answer that many follow: what its end costs. The event loop is watched from the first word to the last event. */
export async function manySubscribers({ setting }) {
  const server = await setting.startSalon('readers', { core: 'any', isWatched: true });
  const cookie = await server.signUp('ana');
  // Loads and compiles what each answer needs.
  await runOnce(server, cookie);
  const runs = [];
  for (let run = 0; run < (setting.quick ? 2 : 5); run += 1) runs.push(await runOnce(server, cookie));
  await server.stop();
  const sorted = runs.toSorted((one, other) => one.gap.busyMs - other.gap.busyMs);
  const { gap, endedAfterMs } = sorted[Math.floor(sorted.length / 2)];
  return [
    {
      what: `an answer of 20 kB ends before ${READERS} readers`,
      bar: 'longest gap of the event loop ≤ 20 ms',
      measured: `${gapText(gap)}, last reader done after ${short(endedAfterMs, 'ms')} (most of ${runs.length}: ${gapText(sorted.at(-1).gap)})`,
      value: gap.busyMs,
      holds: gap.busyMs <= 20,
    },
  ];
}

async function runOnce(server, cookie) {
  const reply = await ask(server, { cookie, content: CONTENT });
  server.watch.begin();
  const seen = await Promise.all(Array.from({ length: READERS }, () => followReply(server.url, reply)));
  const gap = await server.watch.end();
  return { gap, endedAfterMs: Math.max(...seen.map(({ endedAfterMs }) => endedAfterMs)) };
}
