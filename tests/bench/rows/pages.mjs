import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { short } from '../numbers.mjs';
import { loadPage, wrongs } from '../page-loads.mjs';

/** Pages per second of the program that Salon replaces, and how many times as many are wanted; quoted, not measured. */
const old = { '/login': { perSecond: 1526, factor: 4 }, '/': { perSecond: 560, factor: 7 } };
const perRequest = /^(date|connection|keep-alive|content-length|set-cookie|x-request-id|transfer-encoding)$/;
const CONVERSATIONS = 10;

/** Pages of one core, beside a bare Express page of the same length with the same headers and log line. */
export async function pagesPerSecond({ setting }) {
  const salon = await setting.startSalon('pages');
  const cookie = await salon.signUp('ana');
  for (let i = 0; i < CONVERSATIONS; i += 1) {
    const body = { title: `Conversation about lamps, number ${i}` };
    await salon.expect(201, 'POST', '/conversations', { cookie, body });
  }
  const cookies = { '/login': {}, '/': { cookie } };
  const models = {};
  for (const path of Object.keys(old)) models[path] = await modelOf(salon, path, cookies[path]);
  const bare = await startBare(setting, models);

  const lines = [];
  for (const [path, bar] of Object.entries(old)) {
    const bareCookie = path === '/' ? { cookie: 'bare=bare-session' } : {};
    const beside = await loadPage(setting, bare, { path, headers: bareCookie });
    const own = await loadPage(setting, salon, { path, headers: cookies[path] });
    lines.push(lineOf({ path, own, beside, bar }));
  }
  await Promise.all([salon.stop(), bare.stop()]);
  return lines;
}

function lineOf({ path, own, beside, bar }) {
  const ratio = own.perSecond / beside.perSecond;
  const kB = (bytes) => short(bytes / 1024, 'kB');
  return {
    what: `pages per second on one core, ${path}`,
    bar: `≥ 0.5 × bare page of the same length, ≥ ${bar.factor} × ${bar.perSecond} of the old program`,
    measured: `${short(own.perSecond)}/s (${short(own.cpuPerPage, 'µs')} each, ${short(own.ms.p50)} / ${short(own.ms.p99, 'ms')}, ${kB(own.bytes)})${wrongs(own)}`,
    direct: `bare ${short(beside.perSecond)}/s (${short(beside.cpuPerPage, 'µs')} each, ${kB(beside.bytes)})${wrongs(beside)}`,
    ratio,
    value: own.perSecond,
    more: true,
    holds: ratio >= 0.5 && own.perSecond >= bar.factor * bar.perSecond,
  };
}

/** Length and headers of a page of Salon's, for the bare one to have too. */
async function modelOf(salon, path, headers) {
  const answer = await salon.expect(200, 'GET', path, { headers: { accept: 'text/html', ...headers } });
  const fixed = Object.entries(answer.headers).filter(([name]) => !perRequest.test(name));
  return { bytes: Buffer.byteLength(answer.text), headers: Object.fromEntries(fixed) };
}

function startBare(setting, models) {
  const folder = join(setting.dir, 'bare');
  mkdirSync(folder, { recursive: true });
  return setting.processes.serve([join(setting.here, 'bare-page.mjs')], {
    core: 'relay',
    env: { NODE_ENV: 'production', LOG_DIR: folder, PAGES: JSON.stringify(models) },
    log: join(folder, 'output'),
  });
}
