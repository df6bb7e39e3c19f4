// `npm start`: builds when dist/ is missing or older than src, public or the lock file, then becomes the server.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist', 'built');

/** The newest change below a file or folder, in milliseconds since 1970. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = readdirSync(path).filter((name) => name !== 'generated');
  return Math.max(found.mtimeMs, ...entries.map((name) => newest(join(path, name))));
}

const sources = ['src', 'public/css', 'public/js', 'public/img', 'package-lock.json'].map((name) => join(root, name));
const isStale = !existsSync(built) || Math.max(...sources.map(newest)) > statSync(built).mtimeMs;
if (isStale) {
  try {
    const { build } = await import('./build.mjs');
    await build();
  } catch (error) {
    const isMissing = error?.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing) throw error;
    if (!existsSync(built)) {
      process.stderr.write('Salon is not built yet: run npm ci --include=dev && npm run build\n');
      process.exit(1);
    }
    process.stderr.write('Salon starts from an older build, since esbuild is not installed here\n');
  }
}
process.env.NODE_ENV ||= 'production';
await import(join(root, 'dist', 'main.js'));
