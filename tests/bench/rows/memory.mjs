import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome } from '../client.mjs';
import { short } from '../numbers.mjs';
import { rssMb } from '../proc.mjs';

const SETTLE_MS = 5000;
const STREAMS = 200;
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
  const content = 'Tell [[tps=50 n=200 para=40]]';
  const requests = await mapSome(Array.from({ length: STREAMS * (rounds + 2) }), async (_, i) => {
    const cookie = cookies[i % cookies.length];
    const path = `/conversations/${await server.begin(cookie)}/messages`;
    return { method: 'POST', path, headers: { cookie }, body: JSON.stringify({ content }) };
  });
  const plan = {
    url: server.url,
    pid: server.pid,
    follow: true,
    expect: 200,
    streams: STREAMS,
    rampMs: 2000,
  };
  // A few streams first: compiled code is no cost of a stream.
  await streaming.load({ ...plan, requests, streams: STREAMS / 10 });
  const one = await streaming.load({ ...plan, requests: requests.slice(STREAMS) });
  await streaming.load({ ...plan, rounds, requests: requests.slice(2 * STREAMS) });
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
      measured: short(loaded, 'MB'),
      ratio: loaded / idle,
      ...most(loaded / idle, 1.6),
    },
  ];
}
