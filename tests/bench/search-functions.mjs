import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../../src/platform/db/search-functions.ts', import.meta.url));
const options = { bundle: true, write: false, platform: 'node', format: 'esm' };
const { outputFiles } = await build({ entryPoints: [source], ...options });
const program = Buffer.from(outputFiles[0].contents).toString('base64');

/** What writes conversations needs the functions that the triggers of the search index call: Salon's own ones. */
export const { addSearchFunctions } = await import(`data:text/javascript;base64,${program}`);
