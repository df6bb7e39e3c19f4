import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCheckout, projectRoot } from './checkout.mjs';
import { createClient, mapSome } from './client.mjs';
import { createProcesses } from './processes.mjs';
import { topCosts } from './profile.mjs';

const here = join(projectRoot, 'tests', 'bench');
const USERS = 24;
const settings = {
  NODE_ENV: 'production',
  OPENAI_API_KEY: 'sk-bench',
  USER_MAX_ACTIVE: '1000',
  OPENAI_RATE_LIMIT_RPM: '1000000',
  OPENAI_RATE_LIMIT_TPM: '1000000000',
};

/**
 * All that the rows share: a fresh build, the model server, the raw pipe and Salon itself, each started when it is
 * first asked for. `profileDir`: Salon writes processor profiles there.
 */
export function createSetting({ quick, profileDir }) {
  const dir = mkdtempSync(join(tmpdir(), 'salon-bench-'));
  const root = join(dir, 'checkout');
  const processes = createProcesses();
  const once = new Map();
  /** The same promise for each call with that name. */
  const shared = (name, make) => once.get(name) ?? once.set(name, make()).get(name);

  const build = () =>
    shared('build', async () => buildCheckout(root, { readable: profileDir !== undefined }));
  const upstream = () =>
    shared('upstream', () =>
      processes.serve([join(here, 'upstream.mjs')], { core: 'rest', log: join(dir, 'upstream.log') }),
    );
  const pipe = () =>
    shared('pipe', async () => {
      const { url } = await upstream();
      const env = { UPSTREAM: url };
      return processes.serve([join(here, 'raw-pipe.mjs')], {
        core: 'relay',
        env,
        log: join(dir, 'pipe.log'),
      });
    });

  /** A Salon of its own. The same `name` again means the same folders; `core: 'any'` lets it use all. */
  async function startSalon(name, { core = 'relay', env = {}, dataDir = join(dir, name, 'data') } = {}) {
    await build();
    const model = await upstream();
    const profile = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [];
    const server = await processes.serve([...profile, join(root, 'dist', 'main.js')], {
      core,
      cwd: dir,
      log: join(dir, `${name}.log`),
      env: {
        ...settings,
        OPENAI_BASE_URL: `${model.url}/v1`,
        DATA_DIR: dataDir,
        IMAGES_DIR: join(dir, name, 'images'),
        LOG_DIR: join(dir, name, 'logs'),
        ...env,
      },
    });
    const folders = { data: dataDir, images: join(dir, name, 'images') };
    return { ...server, ...createClient(server.url), folders };
  }

  /** The Salon that most rows are measured on, with people in it. */
  const salon = () =>
    shared('salon', async () => {
      const server = await startSalon('salon');
      const names = Array.from({ length: USERS }, (_, i) => `user-${i}`);
      return { ...server, cookies: await mapSome(names, server.signUp) };
    });

  return {
    quick,
    dir,
    here,
    root,
    processes,
    shared,
    build,
    upstream,
    pipe,
    startSalon,
    salon,
    async close() {
      await processes.stopAll();
      // Written when Salon ends; the build that they refer to goes with the folder.
      if (profileDir && existsSync(profileDir)) process.stdout.write(`${topCosts(profileDir).join('\n')}\n`);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
