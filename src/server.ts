import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { openFeatures } from './features.ts';
import type { Config } from './platform/config.ts';
import { openLog, type Log } from './platform/log.ts';
import { prepareFolder } from './platform/secret.ts';
import { openServices } from './services.ts';

/** How long running requests get to finish after SIGTERM; platforms kill after 10 s. */
const DRAIN_MS = 3000;
const HEADERS_TIMEOUT_MS = 15_000;
/** For archives of gigabytes over slow lines; all other bodies have two minutes (`web/body-timeout.ts`). */
const REQUEST_TIMEOUT_MS = 12 * 60 * 60_000;
const KEEP_ALIVE_MS = 65_000;

export type RunningServer = {
  url: string;
  close(): Promise<void>;
  reportFault(what: string, cause: unknown): void;
};

/** Opens everything, listens, and prints `Salon is listening on http://…` once ready. */
export async function startServer(
  config: Config,
  options: { built: boolean; quiet?: boolean },
): Promise<RunningServer> {
  prepareFolder(config.logDir, 'LOG_DIR', { isPrivate: false });
  const log = openLog({
    dir: config.logDir,
    level: config.logLevel,
    readable: config.mode === 'development',
    console: !options.quiet,
  });
  try {
    return await open(config, options, log);
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function open(
  config: Config,
  options: { built: boolean; quiet?: boolean },
  log: Log,
): Promise<RunningServer> {
  const services = await openServices(config, log);
  const features = await openFeatures(services);
  const { app } = createApp(services, features, options);
  const server = createServer({ maxHeaderSize: 32 * 1024 }, app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const url = await listen(server, config);
  if (!options.quiet) process.stdout.write(`Salon is listening on ${url}\n`);
  if (config.baseUrl?.startsWith('https:') && config.trustProxy === 0)
    log.warn(
      'BASE_URL is https but TRUST_PROXY is 0: all visitors seem to come from the proxy, and share its limits',
    );
  void services.provider.refreshModels();
  void services.metrics.load();

  return {
    url,
    reportFault: (what, cause) =>
      log.error(what, { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }),
    /** Stops accepting, stores running replies as interrupted, ends streams, closes the database. */
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await features.close();
      const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      await closed;
      clearTimeout(timer);
      clearInterval(idle);
      await services.close();
      log.info('stopped');
      await log.close();
    },
  };
}

function listen(server: Server, config: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new Error(`port ${config.port} is taken: stop the other program, or set another PORT`)
          : error,
      );
    });
    server.listen(config.port, config.host, () => {
      const { port } = server.address() as AddressInfo;
      const host = config.host === '0.0.0.0' || config.host === '127.0.0.1' ? 'localhost' : config.host;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    });
  });
}
