import { inBrowser, hasBrowser, noBrowser } from '../page-probe.mjs';
import { quantile, short } from '../numbers.mjs';
import { measureTasks, tasks } from '../tab-tasks.mjs';
import { openScene, JOBS, TABS } from '../tab-scene.mjs';

const BAR = 1.5;
/** A request that waits for a connection waits until another ends; this much is the machine. */
const MAX_WAIT_MS = 50;
/** Where Salon is asked for: with Web Locks, which browsers have for this machine, and without them. */
const places = {
  'on this machine': { name: 'localhost', env: {} },
  'under a LAN name': { name: 'salon.lan', env: { BASE_URL: 'http://salon.lan' } },
};

/** One Chromium in which much runs and is open: what a page, an image and a button take beside it, over plain HTTP. */
export async function manyTabs({ setting }) {
  const lines = [];
  for (const [where, place] of Object.entries(places)) {
    const what = `${JOBS} running jobs and ${TABS} open tabs, ${where}`;
    if (!hasBrowser()) return noBrowser(what);
    lines.push(lineOf(what, await measurePlace(setting, place)));
  }
  return lines;
}

async function measurePlace(setting, { name, env }) {
  const server = await setting.startSalon(`tabs-${name}`, { core: 'any', env });
  const origin = `http://${name}:${server.port}`;
  const rounds = setting.quick ? 8 : 40;
  const result = await inBrowser(
    async (browser) => {
      const measure = async (options) => {
        const scene = await openScene(browser, server, { origin, ...options });
        const measured = await measureTasks(scene, rounds);
        await scene.close();
        return measured;
      };
      return {
        without: await measure({ username: 'quiet', jobs: 0, tabs: 0 }),
        beside: await measure({ username: 'busy', jobs: JOBS, tabs: TABS }),
      };
    },
    { names: [name] },
  );
  await server.stop();
  return result;
}

function lineOf(what, { without, beside }) {
  const compared = tasks.map((task) => {
    const [alone, loaded] = [without, beside].map(({ times }) => quantile(times[task], 0.5));
    return { task, alone, loaded, failed: beside.failed[task], ratio: loaded / alone };
  });
  const isAnswered = compared.every(({ failed }) => failed === 0) && beside.unanswered === 0;
  const worst = isAnswered ? Math.max(...compared.map(({ ratio }) => ratio)) : Infinity;
  return {
    what,
    bar: `each median ≤ ${BAR} × with none, no request waits for a connection`,
    measured: `${compared.map(textOf).join(', ')}; longest wait ${short(beside.longestWaitMs, 'ms')}${stuck(beside)}`,
    direct: `longest wait ${short(without.longestWaitMs, 'ms')} with none`,
    ratio: worst,
    value: worst,
    holds: worst <= BAR && beside.longestWaitMs <= MAX_WAIT_MS,
  };
}

const textOf = ({ task, alone, loaded, failed }) =>
  `${task} ${short(alone)} → ${failed > 0 ? `${failed} not answered` : short(loaded, 'ms')}`;
const stuck = ({ unanswered }) => (unanswered > 0 ? `, ${unanswered} requests without an answer` : '');
