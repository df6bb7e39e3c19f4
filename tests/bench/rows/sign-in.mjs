import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome, password } from '../client.mjs';
import { both, short, spread } from '../numbers.mjs';

const STREAMS = 100;
const SIGN_INS = 100;
const PEOPLE = 25;

/** Right passwords, all from one address. On all cores, since the hashes run beside the streams. */
export async function signIns({ setting, streaming }) {
  const server = await setting.startSalon('sign-in', { core: 'any' });
  const names = Array.from({ length: PEOPLE }, (_, i) => `user-${i}`);
  const cookies = await mapSome(names, server.signUp);
  const load = async (n) => {
    const content = `Tell [[tps=50 n=${n} para=40]]`;
    const requests = await mapSome(Array.from({ length: STREAMS }), async (_, i) => {
      const cookie = cookies[i % cookies.length];
      const path = `/conversations/${await server.begin(cookie)}/messages`;
      return { method: 'POST', path, headers: { cookie }, body: JSON.stringify({ content }) };
    });
    const plan = { url: server.url, pid: server.pid, requests, follow: true, streams: STREAMS, core: 'any' };
    return () => streaming.load({ ...plan, expect: n, rampMs: 1000, sample: STREAMS });
  };
  await (
    await load(100)
  )();
  const quiet = await (await load(200))();
  const run = await load(300);
  const running = run();
  // All streams have begun by then; the load generator itself needs a moment to start.
  await sleep(2000);
  const signIn = async (_, i) => {
    const begun = performance.now();
    const body = { username: names[i % PEOPLE], password };
    const { status } = await server.send('POST', '/login', { body });
    return { status, ms: performance.now() - begun };
  };
  const answers = await Promise.all(Array.from({ length: SIGN_INS }, signIn));
  const busy = await running;
  await server.stop();

  const succeeded = answers.filter(({ status }) => status === 200).length;
  const times = spread(answers.map(({ ms }) => ms));
  return [
    {
      what: `lag of ${STREAMS} streams while ${SIGN_INS} people sign in`,
      bar: 'p99 ≤ 50 ms',
      measured: both(busy.lag, 'ms'),
      direct: `${both(quiet.lag, 'ms')} without sign-ins`,
      ratio: busy.lag.p99 / quiet.lag.p99,
      holds: busy.isComplete && busy.lag.p99 <= 50,
    },
    {
      what: `${SIGN_INS} sign-ins at once beside ${STREAMS} streams`,
      bar: 'all succeed, p99 ≤ 3.4 s',
      measured: `${succeeded} succeed, ${short(times.p50 / 1000)} / ${short(times.p99 / 1000, 's')}`,
      holds: succeeded === SIGN_INS && times.p99 <= 3400,
    },
  ];
}
