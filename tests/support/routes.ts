import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { openFeatures } from '../../src/features.ts';
import { readConfig } from '../../src/platform/config.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openServices } from '../../src/services.ts';
import { projectRoot } from './salon.ts';

type Layer = { route?: unknown; handle: { stack?: unknown[] } };

/** Every route that the real app declares, in order, and how many it has past them, by Express's own means. */
export async function openRoutes() {
  const dir = await mkdtemp(join(tmpdir(), 'salon-routes-'));
  const config = readConfig(projectRoot, {
    NODE_ENV: 'test',
    DATA_DIR: join(dir, 'data'),
    IMAGES_DIR: join(dir, 'images'),
    LOG_DIR: join(dir, 'logs'),
    OPENAI_BASE_URL: 'demo',
  });
  const services = await openServices(config, silentLog);
  const features = await openFeatures(services);
  try {
    const { app, routes } = createApp(services, features, { built: false });
    const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
    return { routes, past: stack.filter(({ route, handle }) => route ?? handle.stack).length };
  } finally {
    await features.close();
    await services.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** All declared routes, as `GET /images/:id`. */
export async function listRoutes(): Promise<string[]> {
  return (await openRoutes()).routes.map(nameOf);
}

export const nameOf = ({ method, path }: { method: string; path: string }) =>
  `${method.toUpperCase()} ${path}`;
