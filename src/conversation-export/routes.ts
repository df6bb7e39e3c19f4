import { pipeline } from 'node:stream/promises';
import type { Request } from 'express';
import type { Audit } from '../audit/audit.ts';
import { invalid } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import { utcStamp } from '../lib/time.ts';
import type { Log } from '../platform/log.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { userOf } from '../web/context.ts';
import { hasScope } from '../web/guards.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { param, textOf } from '../web/validation.ts';
import { exportFormats, type ConversationExport, type ExportFormat } from './conversation-export.ts';

const MAX_IDS = 1000;
const types: Record<ExportFormat, string> = {
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};
const chatting: Policy = { who: 'user', scope: 'chat' };

type Deps = {
  conversationExport: ConversationExport;
  audit: Pick<Audit, 'record'>;
  log: Log;
  now: () => number;
};

/** Downloads: one conversation as a file, many or all as an archive. */
export function conversationExportRoutes({ conversationExport, audit, log, now }: Deps): Routes {
  const routes = createRoutes();

  /** A reader that goes away is no fault of ours; anything else is told, and the cut file tells the reader. */
  const tellFault = (req: Request) => (error: unknown) => {
    if (!isGone(error)) log.error('export failed', { request_id: req.requestId, cause: String(error) });
  };

  routes.get('/conversations/:id/export', chatting, async (req, res) => {
    const format = formatOf(req);
    const at = textOf(req.query, 'at');
    const options = { format, at: at && isId(at) ? at : undefined, reader: readerOf(req) };
    const { filename, content } = await conversationExport.openOne(userOf(req), param(req, 'id'), options);
    res.attachment(filename);
    res.type(types[format]);
    if (req.method === 'HEAD') {
      content.destroy();
      return void res.end();
    }
    await pipeline(content, res).catch(tellFault(req));
  });

  routes.get('/export', chatting, async (req, res) => {
    const format = formatOf(req);
    const options = { format, ids: idsOf(req), hasLibrary: hasScope(req, 'images'), reader: readerOf(req) };
    res.attachment(`salon-conversations-${utcStamp(now()).date}.zip`);
    res.type('application/zip');
    if (req.method === 'HEAD') return void res.end();
    const archive = await conversationExport.begin(userOf(req), options);
    const unwatch = req.watchAccess?.(req, () => res.destroy());
    await audit.record({
      ...auditActorOf(req),
      action: 'conversations.export',
      object: { kind: 'person', id: userOf(req).id },
      outcome: 'done',
    });
    await archive.send(res).catch(tellFault(req));
    unwatch?.();
  });

  return routes;
}

const readerOf = (req: Request) => ({ t: req.t, language: req.language });

/** @throws AppError `invalid` */
function formatOf(req: Request): ExportFormat {
  const asked = textOf(req.query, 'format') ?? 'json';
  const format = exportFormats.find((one) => one === asked);
  if (!format) throw invalid('format', 'unknown_value');
  return format;
}

/** `?id=` may be repeated. @throws AppError `invalid` */
function idsOf(req: Request): string[] {
  const asked: unknown = req.query['id'];
  const ids = [asked].flat().filter((id): id is string => typeof id === 'string');
  if (ids.length > MAX_IDS || !ids.every(isId)) throw invalid('id', 'unknown_value');
  return ids;
}

const isGone = (error: unknown) =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
