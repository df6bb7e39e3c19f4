import { execFileSync } from 'node:child_process';

const buildIfStale = `import('./src/build/build.mjs').then(({ build, isStale }) => isStale() && build())`;

/** Builds once before all tests: those with signals and browsers run the server that people run. */
export default function setup(): void {
  execFileSync(process.execPath, ['-e', buildIfStale], { stdio: 'inherit' });
}
