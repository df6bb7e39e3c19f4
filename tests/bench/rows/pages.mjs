import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { short } from '../numbers.mjs';

/** Pages per second of the program that Salon replaces, and how many times as many are wanted; quoted, not measured. */
const old = { '/login': { perSecond: 1526, factor: 4 }, '/': { perSecond: 560, factor: 7 } };
const perRequest = /^(date|connection|keep-alive|content-length|set-cookie|x-request-id|transfer-encoding)$/;

/** Pages of one core, beside a bare Express page with the same headers and log line. */
export async function pagesPerSecond({ setting }) {
  const salon = await setting.startSalon('pages');
  const cookie = await salon.signUp('ana');
  for (let i = 0; i < 10; i += 1)
    await salon.expect(201, 'POST', '/conversations', {
      cookie,
      body: { title: `Conversation about lamps, number ${i}` },
    });
  const { headers } = await salon.expect(200, 'GET', '/', { cookie, headers: { accept: 'text/html' } });
  const bare = await startBare(setting, headers);

  const rows = [];
  for (const [path, { perSecond, factor }] of Object.entries(old)) {
    const signedIn = path === '/';
    const bareResult = await ask(setting, bare, {
      path,
      headers: signedIn ? { cookie: 'bare=bare-session' } : {},
    });
    const own = await ask(setting, salon, { path, headers: signedIn ? { cookie } : {} });
    const ratio = own.perSecond / bareResult.perSecond;
    rows.push({
      what: `pages per second on one core, ${path} (${short(own.bytes / 1024, 'kB')} each, bare ${short(bareResult.bytes / 1024, 'kB')})`,
      bar: `≥ 0.75 × bare Express + EJS, ≥ ${factor} × ${perSecond} of the old program`,
      measured: `${short(own.perSecond)}/s (${short(own.cpuPerPage, 'µs')} each, ${short(own.ms.p50)} / ${short(own.ms.p99, 'ms')})${wrongs(own)}`,
      direct: `bare ${short(bareResult.perSecond)}/s (${short(bareResult.cpuPerPage, 'µs')} each)${wrongs(bareResult)}`,
      ratio,
      holds: ratio >= 0.75 && own.perSecond >= factor * perSecond,
    });
  }
  await Promise.all([salon.stop(), bare.stop()]);
  return rows;
}

const wrongs = ({ wrong }) => (Object.keys(wrong).length > 0 ? ` with ${JSON.stringify(wrong)}` : '');

function startBare(setting, headers) {
  const fixed = Object.fromEntries(Object.entries(headers).filter(([name]) => !perRequest.test(name)));
  const folder = join(setting.dir, 'bare');
  mkdirSync(folder, { recursive: true });
  const env = { NODE_ENV: 'production', LOG_DIR: folder, HEADERS: JSON.stringify(fixed) };
  return setting.processes.serve([join(setting.here, 'bare-page.mjs')], {
    core: 'relay',
    env,
    log: join(folder, 'output'),
  });
}

async function ask(setting, { url, pid }, { path, headers }) {
  const seconds = setting.quick ? 3 : 8;
  const [file, log] = ['json', 'out'].map((ending) =>
    join(setting.dir, `pages-${Math.random().toString(36).slice(2)}.${ending}`),
  );
  writeFileSync(file, JSON.stringify({ url, pid, path, headers, seconds }));
  const child = setting.processes.start([join(setting.here, 'page-load.mjs'), file], { core: 'rest', log });
  await once(child, 'exit');
  return JSON.parse(readFileSync(log, 'utf8'));
}
