// Builds dist/: the server bundled by esbuild (native packages stay outside), rarely used parts as chunks of their
// own, and style sheet, script, sprite and icon with fingerprinted names, compressed ahead.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, 'built');
const sources = ['src', 'public/css', 'public/js', 'public/img', 'package-lock.json'];

export const isBuilt = () => existsSync(stamp);

/** True when there is no build, or something it is made from has changed since. */
export function isStale() {
  return !isBuilt() || Math.max(...sources.map((name) => newest(join(root, name)))) > statSync(stamp).mtimeMs;
}

/** Builds when that is needed. Where esbuild is not installed, an older build does; without one the process ends. */
export async function buildIfStale() {
  if (!isStale()) return;
  try {
    await build();
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    if (!isBuilt()) {
      process.stderr.write('Salon is not built yet: run npm ci --include=dev && npm run build\n');
      process.exit(1);
    }
    process.stderr.write('Salon uses an older build, since esbuild is not installed here\n');
  }
}

/** Builds beside dist/ and puts the result in its place, so that a build that is cut off or fails changes nothing. */
export async function build() {
  const { build: bundle } = await import('esbuild');
  const folder = `${dist}.${process.pid}`;
  try {
    await Promise.all([
      // The built server leaves backups to the command line, so what makes them is no part of it.
      buildProgram(bundle, folder, 'main', ['./make.ts']),
      // A bundle of its own: shared chunks would be further files to load at each start of the server.
      buildProgram(bundle, folder, 'cli', []),
      buildProgram(bundle, folder, 'markdown-worker', [], 'src/platform/markdown/worker.ts'),
      buildProgram(bundle, folder, 'token-worker', [], 'src/provider/token-counter/worker.mjs'),
      // Both read their own files, so they stay packages.
      buildProgram(
        bundle,
        folder,
        'attachment-worker',
        ['unpdf', 'heic-decode'],
        'src/attachments/reading/worker.ts',
      ),
      buildProgram(bundle, folder, 'search-worker', [], 'src/search/query/worker.ts'),
      buildAssets(bundle, join(folder, 'assets')),
    ]);
    const files = filesOf(folder);
    keepEarlier(folder, files);
    writeFileSync(join(folder, 'built'), files.join('\n'));
    rmSync(dist, { recursive: true, force: true });
    renameSync(folder, dist);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

/**
 * Takes over what the build before made under names of its own: a server that still runs from it loads its rarely used
 * parts later, and open pages ask for its style sheet. What is older than that goes.
 */
function keepEarlier(folder, made) {
  const earlier = isBuilt() ? readFileSync(stamp, 'utf8').split('\n') : [];
  for (const name of earlier) {
    const path = join(dist, name);
    if (made.includes(name) || !/-[\w-]{8,}\.(js|css|svg|br|gz|png)/i.test(name) || !existsSync(path))
      continue;
    copyFileSync(path, join(folder, name));
  }
}

/** The newest change below a file or folder, in milliseconds since 1970. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.mtimeMs ?? 0;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function buildProgram(bundle, outdir, name, leftOut, source = `src/${name}.ts`) {
  return bundle({
    absWorkingDir: root,
    entryPoints: { [name]: source },
    outdir,
    chunkNames: `${name}-[name]-[hash]`,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // esbuild bundles the worker thread where there is no build.
    external: ['bcrypt', 'better-sqlite3', 'sharp', 'esbuild', 'gpt-tokenizer', ...leftOut],
    // CommonJS packages inside the bundle still ask for Node's own modules by require.
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

async function buildAssets(bundle, folder) {
  mkdirSync(folder, { recursive: true });
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['public/css/app.css', 'public/js/app.js', 'public/js/search.js'],
    outdir: folder,
    entryNames: '[name]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  });
  const images = readdirSync(join(root, 'public/img')).map((name) => join(root, 'public/img', name));
  const manifest = {};
  for (const { path, contents } of [
    ...outputFiles,
    ...images.map((path) => ({ path, contents: readFileSync(path) })),
  ])
    manifest[basename(path)] = writeAsset(folder, basename(path), Buffer.from(contents));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
}

function writeAsset(folder, name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
  const ending = extname(name);
  const hashed = `${basename(name, ending)}-${hash}${ending}`;
  writeFileSync(join(folder, hashed), bytes);
  if (ending !== '.png') {
    writeFileSync(join(folder, `${hashed}.br`), brotliCompressSync(bytes));
    writeFileSync(join(folder, `${hashed}.gz`), gzipSync(bytes, { level: 9 }));
  }
  return hashed;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
