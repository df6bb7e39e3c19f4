// `npm start`: builds when dist/ is missing or older than src, public or the lock file, then becomes the server.
import { buildIfStale } from './build.mjs';

await buildIfStale();
process.env.NODE_ENV ||= 'production';
await import('../../dist/main.js');
