import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A thread that runs away with memory ends itself; the server goes on. */
const resourceLimits = { maxOldGenerationSizeMb: 256 };

/** Starts the thread that renders: out of the build, or in development and tests out of the source, bundled on the spot. */
export async function startWorker(): Promise<Worker> {
  if (import.meta.url.endsWith('.js'))
    return new Worker(new URL('./markdown-worker.js', import.meta.url), { resourceLimits });
  const source = new URL('./worker.ts', import.meta.url);
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(source)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    define: { 'import.meta.url': JSON.stringify(source.href) },
    banner: { js: `require = require('node:module').createRequire(${JSON.stringify(source.href)});` },
  });
  return new Worker(outputFiles[0]?.text ?? '', { eval: true, resourceLimits });
}
