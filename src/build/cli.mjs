// `npm run cli -- <command>`: builds when there is no build or it is older than the sources, then runs the command.
import { buildIfStale } from './build.mjs';

await buildIfStale();
process.env.NODE_ENV ||= 'production';
await import('../../dist/cli.js');
