import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { ConfigError, loadEnvFile, readConfig } from './platform/config.ts';
import { startServer } from './server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

try {
  loadEnvFile(root);
  const config = readConfig(root);
  const built = import.meta.url.endsWith('.js') && existsSync(join(root, 'dist', 'assets', 'manifest.json'));
  const server = await startServer(config, { built });
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= server.close().then(() => process.exit(0), () => process.exit(1));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('unhandledRejection', (reason) => server.reportFault('unhandled rejection', reason));
  process.on('uncaughtException', (error) => {
    server.reportFault('uncaught exception', error);
    process.exitCode = 1;
    end();
  });
} catch (error) {
  const lines = error instanceof ConfigError ? error.lines : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) process.stderr.write(`Salon cannot start: ${line}\n`);
  process.exit(1);
}
