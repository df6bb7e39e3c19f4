import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome } from '../client.mjs';
import { medianOf, short } from '../numbers.mjs';
import { rssMb } from '../proc.mjs';
import { questionsOf } from '../streaming.mjs';

const SETTLE_MS = 5000;
/** V8 gives memory back when a server has been quiet for a while; what stays is what counts. */
const REST_MS = 30_000;
const STREAMS = 200;
const PROMPT = 'Tell [[tps=50 n=200 para=40]]';
/** One round of answers: 200 tokens at 50 a second, and the ramp. */
const ROUND_S = 6;

/** Medians of three servers: what V8 keeps differs from start to start. */
export async function memory({ streaming, setting }) {
  const rounds = Math.ceil((setting.quick ? 12 : 60) / ROUND_S);
  const runs = [];
  for (let run = 0; run < (setting.quick ? 1 : 3); run += 1)
    runs.push(await measureOnce({ streaming, setting }, { name: `memory-${run}`, rounds }));
  const { idle, perStream, atEnd, growth, rested } = medianOf(runs);
  const all = runs.map((run) => run.growth.toFixed(2)).join(', ');
  const most = (value, bar) => ({ value, holds: value <= bar });
  return [
    { what: 'memory, idle', bar: '≤ 95 MB', measured: short(idle, 'MB'), ...most(idle, 95) },
    {
      what: `memory per stream at ${STREAMS}, warm`,
      bar: '≤ 100 kB',
      measured: short(perStream, 'kB'),
      ...most(perStream, 100),
    },
    {
      what: `memory after ${rounds * ROUND_S} s of ${STREAMS} streams`,
      bar: '≤ 1.8 × idle, median of three',
      measured: `${short(rested, 'MB')} after ${REST_MS / 1000} s of rest (${short(atEnd, 'MB')} at its end; ${all} × idle)`,
      ratio: growth,
      ...most(growth, 1.8),
    },
  ];
}

/** Idle means: accounts were made, pages were read, then nothing for a while. */
async function measureOnce({ streaming, setting }, { name, rounds }) {
  const server = await setting.startSalon(name);
  const cookies = await mapSome(['one', 'two', 'three', 'four'], server.signUp);
  for (const cookie of cookies)
    await server.expect(200, 'GET', '/', { cookie, headers: { accept: 'text/html' } });
  await sleep(SETTLE_MS);
  const idle = rssMb(server.pid);

  const plan = { url: server.url, pid: server.pid, follow: true, expect: 200, rampMs: 2000 };
  const run = async (streams, times = 1) => {
    const requests = await questionsOf(server, { cookies, count: streams * times, content: PROMPT });
    return streaming.load({ ...plan, requests, streams, rounds: times });
  };
  // A few streams first: compiled code is no cost of a stream.
  await run(STREAMS / 10);
  const { rssPerStreamKb: perStream } = await run(STREAMS);
  await run(STREAMS, rounds);
  const atEnd = rssMb(server.pid);
  await sleep(REST_MS);
  const rested = rssMb(server.pid);
  await server.stop();
  return { idle, perStream, atEnd, rested, growth: rested / idle };
}
