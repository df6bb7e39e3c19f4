// `npm run cli -- <command>`: builds when there is no build or it is older than the sources, then runs the command.
import { build, isBuilt, isStale } from './build.mjs';

if (isStale()) {
  try {
    await build();
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    if (!isBuilt()) {
      process.stderr.write('Salon is not built yet: run npm ci --include=dev && npm run build\n');
      process.exit(1);
    }
  }
}
process.env.NODE_ENV ||= 'production';
await import('../../dist/cli.js');
