import type { Policy } from './policy.ts';
import { createRoutes, type Routes } from './routes.ts';

type Checks = Record<string, () => Promise<unknown>>;

const probe: Policy = { who: 'anyone', probe: true };

/** `/healthz`: the process answers. `/readyz`: what it needs (database, image folder) can be used as well. */
export function healthRoutes(checks: Checks): Routes {
  const routes = createRoutes();
  routes.get('/healthz', probe, (_req, res) => {
    res.json({ status: 'ok' });
  });
  routes.get('/readyz', probe, async (_req, res) => {
    const results: Record<string, 'ok' | 'failed'> = {};
    for (const [name, isUsable] of Object.entries(checks))
      results[name] = await isUsable().then(
        () => 'ok' as const,
        () => 'failed' as const,
      );
    const isReady = Object.values(results).every((result) => result === 'ok');
    res.status(isReady ? 200 : 503).json({ status: isReady ? 'ok' : 'failed', checks: results });
  });
  return routes;
}
