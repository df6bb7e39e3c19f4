import type { Audit } from '../audit/audit.ts';
import { utcStamp } from '../lib/time.ts';
import type { Log } from '../platform/log.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { userOf } from '../web/context.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { DataExport } from './data-export.ts';

type Deps = { dataExport: DataExport; audit: Pick<Audit, 'record'>; log: Log; now: () => number };

/** All of a person's own data as an archive. */
export function dataExportRoutes({ dataExport, audit, log, now }: Deps): Routes {
  const routes = createRoutes();

  routes.get('/settings/export', { who: 'user', sessionOnly: true, format: 'page' }, async (req, res) => {
    const user = userOf(req);
    res.type('application/zip');
    res.attachment(`salon-data-${utcStamp(now()).date}.zip`);
    if (req.method === 'HEAD') return void res.end();
    const archive = await dataExport.begin(user.id);
    const unwatch = req.watchAccess?.(req, () => res.destroy());
    await audit.record({
      ...auditActorOf(req),
      action: 'account.export',
      object: { kind: 'person', id: user.id },
      outcome: 'done',
    });
    await archive.send(res).catch((error: unknown) => {
      // A reader that goes away is no fault of ours; anything else is told, and the cut archive tells the reader.
      if (!isGone(error)) log.error('export failed', { request_id: req.requestId, cause: String(error) });
    });
    unwatch?.();
  });

  return routes;
}

const isGone = (error: unknown) =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
