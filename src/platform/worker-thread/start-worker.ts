import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A thread that runs away with memory ends itself; the server goes on. */
const resourceLimits = { maxOldGenerationSizeMb: 256 };

/**
 * Starts a worker thread: out of the build, where it is `<name>.js` beside the program, or in development and tests out
 * of `source`, bundled on the spot. `workerData` is what the program finds under that name.
 */
export async function startWorker(name: string, source: URL, workerData?: unknown): Promise<Worker> {
  const options = { resourceLimits, workerData };
  if (import.meta.url.endsWith('.js')) return new Worker(new URL(`./${name}.js`, import.meta.url), options);
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
  return new Worker(outputFiles[0]?.text ?? '', { ...options, eval: true });
}
