import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../support/salon.ts';

export type CliResult = { code: number | null; out: string; err: string };

/** Runs the built command line on the folders below `dir`, as `npm run cli -- …` does. */
export function cli(
  dir: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'cli.js'), ...args], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      DATA_DIR: join(dir, 'data'),
      IMAGES_DIR: join(dir, 'images'),
      LOG_DIR: join(dir, 'logs'),
      OPENAI_BASE_URL: 'demo',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
