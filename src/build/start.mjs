// `npm start`: builds when dist/ is missing or older than src, public or the lock file, then becomes the server.
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
    process.stderr.write('Salon starts from an older build, since esbuild is not installed here\n');
  }
}
process.env.NODE_ENV ||= 'production';
await import('../../dist/main.js');
