import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from './client.mjs';
import { createLoopWatch } from './loop-watch.mjs';

const settings = {
  NODE_ENV: 'production',
  OPENAI_API_KEY: 'sk-bench',
  USER_MAX_ACTIVE: '1000',
  OPENAI_RATE_LIMIT_RPM: '1000000',
  OPENAI_RATE_LIMIT_TPM: '1000000000',
  AUTOMATIC_TITLES: 'off',
};
const probe = fileURLToPath(new URL('loop-probe.mjs', import.meta.url));

/** Starts built Salons, and remembers which of them belong to the row that is measured now. */
export function createSalons({ dir, root, profileDir, processes, build, upstream }) {
  const own = new Set();
  let round = 0;

  /**
   * A Salon of its own. The same `name` again means the same folders, until `renew`; `core: 'any'` lets it use all; with `isWatched` its
   * event loop can be watched (`watch`); one that `isShared` outlives the row.
   */
  async function start(name, options = {}) {
    const {
      core = 'relay',
      env = {},
      dataDir = join(dir, String(round), name, 'data'),
      isWatched = false,
      isShared = false,
    } = options;
    await build();
    const model = await upstream();
    const profile = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [];
    const watched = isWatched ? ['--import', probe] : [];
    const folders = { data: dataDir, images: join(dir, String(round), name, 'images') };
    const server = await processes.serve([...profile, ...watched, join(root, 'dist', 'main.js')], {
      core,
      cwd: dir,
      log: join(dir, `${name}.log`),
      hasChannel: isWatched,
      env: {
        ...settings,
        OPENAI_BASE_URL: `${model.url}/v1`,
        DATA_DIR: dataDir,
        IMAGES_DIR: folders.images,
        LOG_DIR: join(dir, String(round), name, 'logs'),
        ...env,
      },
    });
    if (!isShared) own.add(server);
    const watch = isWatched ? createLoopWatch(server.child) : undefined;
    return { ...server, ...createClient(server.url), folders, watch };
  }

  async function stopOwn() {
    await Promise.all([...own].map((server) => server.stop()));
    own.clear();
  }

  return { start, stopOwn, renew: () => void (round += 1) };
}
