import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapSome } from '../client.mjs';
import { converse } from '../follow.mjs';
import { quantile, short } from '../numbers.mjs';
import { loadPage, wrongs } from '../page-loads.mjs';
import { threadsMs } from '../proc.mjs';

const ANSWERS = 30;
const CONVERSATIONS = 12;
const BAR_MS = 6;
/** What a server does by itself after its start, and after a page, is no part of a page. */
const SETTLE_MS = 1000;
const headers = { accept: 'text/html' };
const content = 'Tell [[text=story kb=4 piece=400 tps=0]]';

/** A conversation of thirty usual answers: looked at first after a start, by its first reader, and again. */
export async function conversationPages({ setting }) {
  const written = await setting.startSalon('conversation');
  const cookie = await written.signUp('ana');
  const contents = Array.from({ length: ANSWERS }, () => content);
  const ids = await mapSome(Array.from({ length: CONVERSATIONS }), () =>
    converse(written, { cookie, contents }),
  );
  await sleep(SETTLE_MS);
  await written.stop();

  const paths = ids.map((id) => `/conversations/${id}`);
  const starts = setting.quick ? 2 : 5;
  const firsts = [];
  for (const path of paths.slice(0, starts)) firsts.push(await firstAfterStart(setting, { path, cookie }));
  const salon = await setting.startSalon('conversation');
  // Compiled and warm, as a server is after a while, but for the conversations that nobody has looked at since the start.
  const warmUp = await loadPage(setting, salon, { path: paths[0], headers: { cookie } });
  const unseen = [];
  for (const path of paths.slice(1)) unseen.push(await processorOf(salon, { path, cookie }));
  const later = await loadPage(setting, salon, { path: paths[0], headers: { cookie } });
  await salon.stop();
  const bare = [];
  for (let i = 0; i < starts; i += 1) bare.push(await firstOfBare(setting, later.bytes));
  return [
    {
      ...lineOf('first view after a start', quantile(firsts, 0.5), `median of ${starts} starts`),
      direct: `bare Express page of the same length ${short(quantile(bare, 0.5), 'ms')}`,
    },
    lineOf('first view in a warm server', quantile(unseen, 0.5), `${unseen.length} conversations`),
    lineOf('later views', later.cpuPerPage / 1000, `${viewsText(later)}${wrongs(warmUp)}`),
  ];
}

/** One page has been answered before, so that the process is past its very first request. */
async function firstAfterStart(setting, { path, cookie }) {
  const salon = await setting.startSalon('conversation');
  await salon.expect(200, 'GET', '/', { cookie, headers });
  await sleep(SETTLE_MS);
  const ms = await processorOf(salon, { path, cookie });
  await salon.stop();
  return ms;
}

/** The same of a page that needs no database and no template. */
async function firstOfBare(setting, bytes) {
  const bare = await setting.processes.serve([join(setting.here, 'bare-long.mjs')], {
    core: 'relay',
    env: { BYTES: String(bytes), NODE_ENV: 'production' },
    log: join(setting.dir, 'bare-long.log'),
  });
  await (await fetch(`${bare.url}/`)).text();
  await sleep(SETTLE_MS);
  const before = threadsMs(bare.pid);
  await (await fetch(`${bare.url}/long`)).text();
  const ms = threadsMs(bare.pid) - before;
  await bare.stop();
  return ms;
}

async function processorOf(salon, { path, cookie }) {
  const before = threadsMs(salon.pid);
  await salon.expect(200, 'GET', path, { cookie, headers });
  return threadsMs(salon.pid) - before;
}

const viewsText = (later) =>
  `${short(later.perSecond)}/s, ${short(later.ms.p50)} / ${short(later.ms.p99, 'ms')}, ${short(later.bytes / 1024, 'kB')}${wrongs(later)}`;

function lineOf(which, ms, note) {
  return {
    what: `a conversation of ${ANSWERS} answers of 4 kB, ${which}`,
    bar: `≤ ${BAR_MS} ms of processor`,
    measured: `${short(ms, 'ms')} (${note})`,
    value: ms,
    holds: ms <= BAR_MS,
  };
}
