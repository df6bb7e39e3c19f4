import { execFileSync } from 'node:child_process';

/** Builds once before all tests: those with signals and browsers run the server that people run. */
export default function setup(): void {
  execFileSync(process.execPath, ['src/build/build.mjs'], { stdio: 'inherit' });
}
