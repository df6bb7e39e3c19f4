// Builds dist/: the server bundled by esbuild (native packages stay outside), rarely used parts as chunks of their
// own, and style sheet, script, sprite and icon with fingerprinted names, compressed ahead.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');

export async function build() {
  const { build: bundle } = await import('esbuild');
  rmSync(dist, { recursive: true, force: true });
  await Promise.all([buildServer(bundle), buildAssets(bundle)]);
  // Written last: a build that was cut off counts as missing.
  writeFileSync(join(dist, 'built'), new Date().toISOString());
}

function buildServer(bundle) {
  return bundle({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    external: ['bcrypt', 'better-sqlite3', 'sharp'],
    // CommonJS packages inside the bundle still ask for Node's own modules by require.
    banner: { js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);" },
    logLevel: 'warning',
  });
}

async function buildAssets(bundle) {
  const folder = join(dist, 'assets');
  mkdirSync(folder, { recursive: true });
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['public/css/app.css', 'public/js/app.js'],
    outdir: 'dist/assets',
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
