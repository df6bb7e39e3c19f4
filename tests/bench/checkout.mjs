import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
const parts = ['src', 'views', 'public', 'package.json', 'package-lock.json'];

/**
 * A clean copy of the project in `folder`, built there: what is measured is one state of the sources, whatever changes
 * meanwhile. @returns how long the build took, in milliseconds @throws Error with what the build said
 */
export function buildCheckout(folder) {
  mkdirSync(folder, { recursive: true });
  const generated = join('public', 'generated');
  const isSource = (path) => relative(projectRoot, path) !== generated;
  for (const part of parts)
    cpSync(join(projectRoot, part), join(folder, part), { recursive: true, filter: isSource });
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['src/build/build.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
  return performance.now() - begun;
}
