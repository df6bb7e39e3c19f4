import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome, password } from '../client.mjs';
import { both, medianOf, short, spread } from '../numbers.mjs';
import { questionsOf } from '../streaming.mjs';

const STREAMS = 100;
const SIGN_INS = 100;
const PEOPLE = 25;
const names = Array.from({ length: PEOPLE }, (_, i) => `user-${i}`);

/**
 * Correct passwords, all from one IP address. On all cores, since the hashes run beside the streams. Without and with
 * sign-ins in turn, so that both see the same machine.
 */
export async function signIns({ setting, streaming }) {
  const server = await setting.startSalon('sign-in', { core: 'any' });
  const cookies = await mapSome(names, server.signUp);
  const prepare = async (tokens) => {
    const content = `Tell [[tps=50 n=${tokens} para=40]]`;
    const requests = await questionsOf(server, { cookies, count: STREAMS, content });
    const plan = { url: server.url, pid: server.pid, requests, follow: true, streams: STREAMS, core: 'any' };
    return () => streaming.load({ ...plan, expect: tokens, rampMs: 1000, sample: STREAMS });
  };
  const warmUp = await prepare(100);
  await warmUp();
  const runs = [];
  for (let run = 0; run < (setting.quick ? 1 : 3); run += 1) runs.push(await runOnce(server, prepare));
  await server.stop();

  const { quiet, busy, times } = medianOf(runs);
  const succeeded = Math.min(...runs.map((run) => run.succeeded));
  const ratio = medianOf(runs.map((run) => run.busy.lag.p99 / run.quiet.lag.p99));
  return [
    {
      what: `lag of ${STREAMS} streams while ${SIGN_INS} people sign in`,
      bar: 'p99 ≤ 1.1 × without',
      measured: both(busy.lag, 'ms'),
      direct: `${both(quiet.lag, 'ms')} without sign-ins`,
      ratio,
      value: busy.lag.p99,
      holds: busy.isComplete && ratio <= 1.1,
    },
    {
      what: `${SIGN_INS} sign-ins at once beside ${STREAMS} streams`,
      bar: 'all succeed, p99 ≤ 3.4 s',
      measured: `${succeeded} succeed, ${short(times.p50 / 1000)} / ${short(times.p99 / 1000, 's')}`,
      value: times.p99,
      holds: succeeded === SIGN_INS && times.p99 <= 3400,
    },
  ];
}

async function runOnce(server, prepare) {
  const quiet = await (await prepare(200))();
  const start = await prepare(300);
  const running = start();
  // All streams have begun by then; the load generator itself needs a moment to start.
  await sleep(2000);
  const answers = await Promise.all(Array.from({ length: SIGN_INS }, (_, i) => signIn(server, i)));
  const busy = await running;
  return {
    quiet,
    busy,
    succeeded: answers.filter(({ status }) => status === 200).length,
    times: spread(answers.map(({ ms }) => ms)),
  };
}

async function signIn(server, i) {
  const begun = performance.now();
  const body = { username: names[i % PEOPLE], password };
  const { status } = await server.send('POST', '/login', { body });
  return { status, ms: performance.now() - begun };
}
