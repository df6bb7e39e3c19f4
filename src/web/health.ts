import { Router } from 'express';

type Checks = Record<string, () => Promise<unknown>>;

/** `/healthz`: the process answers. `/readyz`: what it needs (database, picture folder) can be used as well. */
export function healthRoutes(checks: Checks): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const results: Record<string, 'ok' | 'failed'> = {};
    for (const [name, isUsable] of Object.entries(checks))
      results[name] = await isUsable().then(
        () => 'ok' as const,
        () => 'failed' as const,
      );
    const isReady = Object.values(results).every((result) => result === 'ok');
    res.status(isReady ? 200 : 503).json({ status: isReady ? 'ok' : 'failed', checks: results });
  });
  return router;
}
