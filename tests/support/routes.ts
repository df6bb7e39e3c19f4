import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { openFeatures } from '../../src/features.ts';
import { readConfig } from '../../src/platform/config.ts';
import { silentLog } from '../../src/platform/log.ts';
import { openServices } from '../../src/services.ts';
import { projectRoot } from './salon.ts';

type Layer = {
  route?: { path: string | string[]; stack: { method: string }[] };
  handle: { stack?: Layer[] };
};

/** Every route of the real app as `GET /images/:id`, in order, found by walking Express's own routers. */
export async function listRoutes(): Promise<string[]> {
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
    const app = createApp(services, features, { built: false });
    return [...new Set(routesOf((app as unknown as { router: { stack: Layer[] } }).router.stack))];
  } finally {
    await features.close();
    await services.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function routesOf(layers: Layer[]): string[] {
  return layers.flatMap(({ route, handle }) => {
    if (!route) return routesOf(handle.stack ?? []);
    const methods = [...new Set(route.stack.map(({ method }) => method.toUpperCase()))];
    return [route.path].flat().flatMap((path) => methods.map((method) => `${method} ${path}`));
  });
}
