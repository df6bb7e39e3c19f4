import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, loadEnvFile, readConfig } from './platform/config.ts';
import { startServer, type RunningServer } from './server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let running: Promise<RunningServer> | undefined;
let isEnding = false;

/** Stores what runs and ends; a signal that comes during the start waits for it. */
function end(exitCode: number): void {
  if (isEnding) return;
  isEnding = true;
  const closed = running?.then((server) => server.close()) ?? Promise.resolve();
  closed.then(
    () => process.exit(exitCode),
    () => process.exit(1),
  );
}

function reportFault(what: string, cause: unknown): void {
  running?.then(
    (server) => server.reportFault(what, cause),
    () => undefined,
  );
}

process.on('SIGTERM', () => end(0));
process.on('SIGINT', () => end(0));
process.on('unhandledRejection', (reason) => reportFault('unhandled rejection', reason));
process.on('uncaughtException', (error) => {
  reportFault('uncaught exception', error);
  end(1);
});

try {
  loadEnvFile(root);
  const config = readConfig(root);
  const built = import.meta.url.endsWith('.js') && existsSync(join(root, 'dist', 'assets', 'manifest.json'));
  running = startServer(config, { built });
  await running;
} catch (error) {
  const lines =
    error instanceof ConfigError ? error.lines : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) process.stderr.write(`Salon cannot start: ${line}\n`);
  process.exit(1);
}
