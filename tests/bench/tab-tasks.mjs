const LIMIT_MS = 3000;
/** When so many rounds in turn brought nothing, the others would not either. */
const MAX_LOST_ROUNDS = 2;

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
  for (let i = 0, lost = 0; i < rounds && lost < MAX_LOST_ROUNDS; i += 1) {
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
  const isThere = await there.then(() => true).catch(() => false);
  results.Cancel = isThere ? await timed('Cancel', scene, i, cancel) : undefined;
  return results;
}

async function timed(task, scene, i, cancel) {
  const begun = performance.now();
  try {
    await perform[task](scene, i, cancel);
    return performance.now() - begun;
  } catch {
    return undefined;
  }
}
