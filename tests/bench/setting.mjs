import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCheckout, packagesOf, projectRoot } from './checkout.mjs';
import { mapSome } from './client.mjs';
import { createProcesses } from './processes.mjs';
import { topCosts } from './profile.mjs';
import { createSalons } from './salons.mjs';

const here = join(projectRoot, 'tests', 'bench');
const USERS = 24;

/**
 * All that the rows share: a fresh build of the checkout `source`, the model server, the raw pipe and Salon itself, each
 * started when it is first asked for. `profileDir`: Salon writes processor profiles there.
 */
export function createSetting({ quick, source = projectRoot, profileDir }) {
  const dir = mkdtempSync(join(tmpdir(), 'salon-bench-'));
  const root = join(dir, 'checkout');
  const processes = createProcesses();
  const services = createMemory();
  const results = createMemory();

  const build = () =>
    services.once('build', async () => buildCheckout(root, { source, readable: profileDir !== undefined }));
  const upstream = () =>
    services.once('upstream', () =>
      processes.serve([join(here, 'upstream.mjs')], { core: 'rest', log: join(dir, 'upstream.log') }),
    );
  const pipe = () =>
    services.once('pipe', async () => {
      const { url } = await upstream();
      const env = { UPSTREAM: url };
      return processes.serve([join(here, 'raw-pipe.mjs')], {
        core: 'relay',
        env,
        log: join(dir, 'pipe.log'),
      });
    });
  const salons = createSalons({ dir, root, profileDir, processes, build, upstream });

  /** The Salon that most rows are measured on, with people in it. */
  const salon = () =>
    services.once('salon', async () => {
      const server = await salons.start('salon', { isShared: true });
      const names = Array.from({ length: USERS }, (_, i) => `user-${i}`);
      return { ...server, cookies: await mapSome(names, server.signUp) };
    });

  return {
    quick,
    dir,
    here,
    root,
    packages: packagesOf(source),
    processes,
    build,
    upstream,
    pipe,
    startSalon: salons.start,
    /** Ends the servers that a row has started for itself and not stopped. */
    stopOwn: salons.stopOwn,
    salon,
    /** The same promise for each call with that name: what is measured once for several rows. */
    shared: results.once,
    /** What was measured, and the folders of the Salons that were started for it. */
    forget() {
      results.clear();
      salons.renew();
    },
    async close() {
      await processes.stopAll();
      // Written when Salon ends; the build that they refer to goes with the folder.
      if (profileDir && existsSync(profileDir)) process.stdout.write(`${topCosts(profileDir).join('\n')}\n`);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function createMemory() {
  const made = new Map();
  return {
    once: (name, make) => made.get(name) ?? made.set(name, make()).get(name),
    clear: () => made.clear(),
  };
}
