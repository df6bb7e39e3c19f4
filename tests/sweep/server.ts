import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../../src/lib/deadline.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';
import { projectRoot } from '../support/salon.ts';
import type { Journal } from './journal.ts';

/** The contract's limit for being ready after a kill. */
const READY_MS = 5000;
const GIVE_UP_MS = 30_000;

export type Env = Record<string, string>;

/** Starts the built server on its folders and waits until it says that it is ready. @throws Error after 30 s */
export async function startServer(dir: string, env: Env, journal: Journal): Promise<SalonProcess> {
  const begun = performance.now();
  const salon = await withDeadline(GIVE_UP_MS, undefined, (late) =>
    Promise.race([
      spawnSalon({ dir, env }),
      new Promise<never>((_, reject) =>
        late.addEventListener('abort', () => reject(new Error('the server did not start'))),
      ),
    ]),
  );
  const { status } = await fetch(`${salon.url}/readyz`);
  const ms = performance.now() - begun;
  journal.most('longest start, ms', ms);
  if (status !== 200) journal.violate('answer', `/readyz gave ${status}`);
  if (ms > READY_MS) journal.violate('reachable', `ready after ${Math.round(ms)} ms`);
  return salon;
}

/** Starts the built server and kills it while it starts, so many ms later. */
export async function killWhileStarting(dir: string, env: Env, ms: number): Promise<void> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'main.js')], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: '0',
      DATA_DIR: join(dir, 'data'),
      IMAGES_DIR: join(dir, 'images'),
      LOG_DIR: join(dir, 'logs'),
      ...env,
    },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await sleep(ms);
  child.kill('SIGKILL');
  await ended;
}
