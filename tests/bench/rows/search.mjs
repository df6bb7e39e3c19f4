import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome } from '../client.mjs';
import { largeSize, startLarge } from '../large-account.mjs';
import { both, medianOf, short, spread } from '../numbers.mjs';
import { rssMb } from '../proc.mjs';
import { queries } from '../search-queries.mjs';
import { questionsOf } from '../streaming.mjs';

const STREAMS = 200;
const PEOPLE = 25;
const TOKENS = 300;
/** All streams have begun by then; the load generator itself needs a moment to start. */
const BEGIN_MS = 3000;

/**
 * Searches in a million messages, first alone and then beside streams of other people; on all cores, since a search runs
 * beside the streams.
 */
export async function search({ setting, streaming }) {
  const server = await startLarge(setting, { core: 'any' });
  const times = await searchAlone(server, setting.quick ? 5 : 30);
  const all = spread([...times.values()].flat());
  const [slowest] = [...times].map(([kind, ms]) => ({ kind, ...spread(ms) })).sort((a, b) => b.p50 - a.p50);

  const cookies = await mapSome(
    Array.from({ length: PEOPLE }, (_, i) => `searcher-${i}`),
    server.signUp,
  );
  const runs = [];
  for (let run = 0; run < (setting.quick ? 1 : 3); run += 1)
    runs.push(await besideStreams({ server, streaming, cookies }));
  const { quiet, busy } = medianOf(runs);
  const ratio = medianOf(runs.map((run) => run.busy.lag.p99 / run.quiet.lag.p99));
  const memory = rssMb(server.pid);
  await server.stop();
  return [
    {
      what: `search in ${largeSize(setting).messages} messages, queries of ${times.size} kinds`,
      bar: 'p50 ≤ 10 ms, p99 ≤ 150 ms',
      measured: `${both(all, 'ms')} (slowest: ${slowest.kind}, ${both(slowest, 'ms')})`,
      value: all.p99,
      holds: all.p50 <= 10 && all.p99 <= 150,
    },
    {
      what: `lag of ${STREAMS} streams beside one search after the other`,
      bar: 'p99 ≤ 1.5 × without',
      measured: `${both(busy.lag, 'ms')}, ${short(busy.searches)} searches`,
      direct: `${both(quiet.lag, 'ms')} without`,
      ratio,
      value: busy.lag.p99,
      holds: busy.isComplete && ratio <= 1.5,
      note: `memory after the streams and searches ${short(memory, 'MB')}`,
    },
  ];
}

async function searchAlone(server, rounds) {
  const times = new Map(Object.keys(queries).map((kind) => [kind, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const [kind, text] of Object.entries(queries)) {
      const ms = await searchOnce(server, text);
      // The first time the thread starts and the index comes from the disk.
      if (round > 0) times.get(kind).push(ms);
    }
  return times;
}

async function searchOnce(server, text) {
  const begun = performance.now();
  await server.expect(200, 'GET', `/search?q=${encodeURIComponent(text)}`, { cookie: server.cookie });
  return performance.now() - begun;
}

/** The streams without and with searches. */
async function besideStreams({ server, streaming, cookies }) {
  const start = async () => {
    const content = `Tell [[tps=50 n=${TOKENS} para=40]]`;
    const requests = await questionsOf(server, { cookies, count: STREAMS, content });
    const plan = { url: server.url, pid: server.pid, requests, follow: true, streams: STREAMS, core: 'any' };
    return streaming.load({ ...plan, expect: TOKENS, rampMs: 1000, sample: STREAMS });
  };
  const quiet = await start();
  const running = start();
  let isOver = false;
  const ended = running.finally(() => (isOver = true));
  await sleep(BEGIN_MS);
  let searches = 0;
  for (const texts = Object.values(queries); !isOver; searches += 1)
    await searchOnce(server, texts[searches % texts.length]);
  return { quiet, busy: { ...(await ended), searches } };
}
