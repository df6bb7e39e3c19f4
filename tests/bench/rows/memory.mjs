import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome } from '../client.mjs';
import { short } from '../numbers.mjs';
import { rssMb } from '../proc.mjs';

const SETTLE_MS = 5000;
/** V8 gives memory back when a server has been quiet for a while; what stays is what counts. */
const REST_MS = 30_000;
const STREAMS = 200;
const PROMPT = 'Tell [[tps=50 n=200 para=40]]';
/** One round of answers: 200 tokens at 50 a second, and the ramp. */
const ROUND_S = 6;

/** Idle means: accounts were made, pages were read, then nothing for a while. */
export async function memory({ streaming, setting }) {
  const server = await setting.startSalon('memory');
  const cookies = await mapSome(['one', 'two', 'three', 'four'], server.signUp);
  for (const cookie of cookies)
    await server.expect(200, 'GET', '/', { cookie, headers: { accept: 'text/html' } });
  await sleep(SETTLE_MS);
  const idle = rssMb(server.pid);

  const rounds = Math.ceil((setting.quick ? 12 : 60) / ROUND_S);
  const plan = { url: server.url, pid: server.pid, follow: true, expect: 200, rampMs: 2000 };
  const run = async (streams, times = 1) => {
    const requests = await mapSome(Array.from({ length: streams * times }), async (_, i) => {
      const cookie = cookies[i % cookies.length];
      const path = `/conversations/${await server.begin(cookie)}/messages`;
      return { method: 'POST', path, headers: { cookie }, body: JSON.stringify({ content: PROMPT }) };
    });
    return streaming.load({ ...plan, requests, streams, rounds: times });
  };
  // A few streams first: compiled code is no cost of a stream.
  await run(STREAMS / 10);
  const one = await run(STREAMS);
  await run(STREAMS, rounds);
  const atEnd = rssMb(server.pid);
  await sleep(REST_MS);
  const loaded = rssMb(server.pid);
  await server.stop();

  const most = (value, bar) => ({ holds: value <= bar });
  return [
    { what: 'memory, idle', bar: '≤ 95 MB', measured: short(idle, 'MB'), ...most(idle, 95) },
    {
      what: `memory per stream at ${STREAMS}, warm`,
      bar: '≤ 100 kB',
      measured: short(one.rssPerStreamKb, 'kB'),
      ...most(one.rssPerStreamKb, 100),
    },
    {
      what: `memory after ${rounds * ROUND_S} s of ${STREAMS} streams`,
      bar: '≤ 1.6 × idle',
      measured: `${short(loaded, 'MB')} after 30 s of rest (${short(atEnd, 'MB')} at its end)`,
      ratio: loaded / idle,
      ...most(loaded / idle, 1.6),
    },
  ];
}
