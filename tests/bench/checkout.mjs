import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
const parts = ['src', 'views', 'public', 'package.json', 'package-lock.json'];

/**
 * A clean copy of the project at `source` in `folder`, built there: what is measured is one state of the sources,
 * whatever changes meanwhile; `readable` for profiles. A checkout without packages of its own gets those of this one.
 * @returns how long the build took, in milliseconds @throws Error with what the build said
 */
export function buildCheckout(folder, { source = projectRoot, readable = false } = {}) {
  mkdirSync(folder, { recursive: true });
  const generated = join('public', 'generated');
  const isSource = (path) => relative(source, path) !== generated;
  for (const part of parts)
    cpSync(join(source, part), join(folder, part), { recursive: true, filter: isSource });
  symlinkSync(packagesOf(source), join(folder, 'node_modules'));
  if (readable) keepReadable(join(folder, 'src/build/build.mjs'));
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['src/build/build.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
  return performance.now() - begun;
}

/** The installed packages that a checkout runs with. */
export function packagesOf(source) {
  const own = join(source, 'node_modules');
  return existsSync(own) ? own : join(projectRoot, 'node_modules');
}

/** A profile names lines and files: the copy's own build leaves them in. */
function keepReadable(path) {
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replaceAll(/minify(Syntax|Whitespace): true/g, 'minify$1: false'));
}
