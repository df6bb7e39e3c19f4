const LIMIT_MS = 3000;
/** A task may consist of a few steps. */
const TASK_LIMIT_MS = 2 * LIMIT_MS;
/** When so many rounds in turn brought nothing, the others would not either. */
const MAX_LOST_ROUNDS = 2;
/** All rounds take a quarter of that on a quiet machine. */
const ALL_LIMIT_MS = 90_000;

const perform = {
  async page({ page, origin, paths }, round) {
    await page.goto(`${origin}${paths[round % paths.length]}`, { waitUntil: 'load', timeout: LIMIT_MS });
  },
  async image({ page, image }) {
    const load = async ([path, limit]) => {
      const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(limit) });
      return (await answer.blob()).size;
    };
    if ((await page.evaluate(load, [image, LIMIT_MS])) === 0) throw new Error('an empty image');
  },
  async 'New chat'({ page, origin }) {
    await page.click('a.new-chat', { timeout: LIMIT_MS });
    await page.waitForURL(`${origin}/`, { waitUntil: 'load', timeout: LIMIT_MS });
  },
  async Cancel({ page }, _round, cancel) {
    await page.click(`${cancel} button`, { timeout: LIMIT_MS });
    await page.waitForSelector(cancel, { state: 'detached', timeout: LIMIT_MS });
  },
};

/** A page, an image that is not in the cache, a link that works as a button, a button that changes something. */
export const tasks = Object.keys(perform);

/**
 * Does each task once a round in the free tab of a scene (tab-scene.mjs). @returns the times of each task in milliseconds,
 * how often it was not done within three seconds, the longest wait for a connection and how many requests had no answer
 */
export async function measureTasks(scene, rounds) {
  const times = Object.fromEntries(tasks.map((task) => [task, []]));
  const failed = Object.fromEntries(tasks.map((task) => [task, 0]));
  await round(scene, 0);
  scene.connections.begin();
  const end = Date.now() + ALL_LIMIT_MS;
  for (let i = 0, lost = 0; i < rounds && lost < MAX_LOST_ROUNDS && Date.now() < end; i += 1) {
    const results = await round(scene, i);
    for (const [task, ms] of Object.entries(results)) {
      if (ms === undefined) failed[task] += 1;
      else times[task].push(ms);
    }
    lost = Object.values(results).every((ms) => ms === undefined) ? lost + 1 : 0;
  }
  return { times, failed, ...scene.connections.end() };
}

async function round(scene, i) {
  const results = {};
  for (const task of ['page', 'image', 'New chat']) results[task] = await timed(task, scene, i);
  const cancel = `form[action="/jobs/${await scene.begin()}/cancel"]`;
  const there = scene.page.goto(`${scene.origin}/images`, { waitUntil: 'load', timeout: LIMIT_MS });
  results.Cancel = (await within(TASK_LIMIT_MS, there)) ? await timed('Cancel', scene, i, cancel) : undefined;
  return results;
}

async function timed(task, scene, i, cancel) {
  const begun = performance.now();
  const isDone = await within(TASK_LIMIT_MS, perform[task](scene, i, cancel));
  return isDone ? performance.now() - begun : undefined;
}

/** A page that waits for its network does not even run a script: what it is asked to do may never end. */
async function within(limitMs, work) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, limitMs, false)));
  const isDone = await Promise.race([late, work.then(() => true).catch(() => false)]);
  clearTimeout(timer);
  return isDone;
}
