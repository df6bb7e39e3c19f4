import { setTimeout as sleep } from 'node:timers/promises';
import { largeSize, startLarge } from '../large-account.mjs';
import { both, short, spread } from '../numbers.mjs';
import { rssMb, threadsMs } from '../proc.mjs';

const WARM_UP = 20;
const SEARCHES = 20;
/** What a server does by itself after its start is no part of a page. */
const SETTLE_MS = 2000;
const headers = { accept: 'text/html' };
const BAR_MS = 50;

/**
 * Pages of an account with a million messages beside the home page of an empty one: each in turn, so that all see the
 * same machine.
 */
export async function largePages({ setting }) {
  const server = await startLarge(setting);
  const empty = await server.signUp('empty');
  const { cookie, longPath } = server;
  await sleep(SETTLE_MS);
  const asked = [
    { path: '/', cookie: empty, seen: [] },
    { path: '/', cookie, seen: [] },
    { path: longPath, cookie, seen: [] },
    { path: '/history', cookie, seen: [] },
  ];
  const rounds = setting.quick ? 60 : 300;
  for (let round = 0; round < WARM_UP + rounds; round += 1)
    for (const { seen, ...page } of asked) {
      const one = await ask(server, page);
      if (round >= WARM_UP) seen.push(one);
    }
  for (let i = 0; i < SEARCHES; i += 1) await server.expect(200, 'GET', '/search?q=ka', { cookie });
  const memory = rssMb(server.pid);
  await server.stop();

  const [beside, home, long, history] = asked.map(({ seen }) => summaryOf(seen));
  const size = largeSize(setting);
  const ratio = home.ms.p99 / beside.ms.p99;
  return [
    {
      what: `home page with ${size.conversations} conversations and ${size.messages} messages`,
      bar: 'p99 ≤ 1.2 × an empty account, ≤ 40 kB',
      measured: textOf(home),
      direct: `${textOf(beside)}, empty account`,
      ratio,
      value: home.ms.p99,
      holds: ratio <= 1.2 && home.kB <= 40,
    },
    lineOf('a conversation of 5000 messages beside them', long),
    lineOf('history of the same account', history),
    {
      what: 'memory after these pages and some searches',
      bar: '≤ 250 MB',
      measured: short(memory, 'MB'),
      value: memory,
      holds: memory <= 250,
    },
  ];
}

/** One page: how long it took, how much processor all threads of the server spent, and its size. */
async function ask(server, { path, cookie }) {
  const [begun, before] = [performance.now(), threadsMs(server.pid)];
  const { text } = await server.expect(200, 'GET', path, { cookie, headers });
  const ms = performance.now() - begun;
  return { ms, processorMs: threadsMs(server.pid) - before, kB: Buffer.byteLength(text) / 1024 };
}

const summaryOf = (seen) => ({
  ms: spread(seen.map(({ ms }) => ms)),
  processorMs: spread(seen.map(({ processorMs }) => processorMs)),
  kB: seen[0].kB,
});

const textOf = ({ ms, processorMs, kB }) =>
  `${both(ms, 'ms')}, ${short(kB, 'kB')}, ${short(processorMs.p50, 'ms')} of processor`;

const lineOf = (what, summary) => ({
  what,
  bar: `p99 ≤ ${BAR_MS} ms`,
  measured: textOf(summary),
  value: summary.ms.p99,
  holds: summary.ms.p99 <= BAR_MS,
});
