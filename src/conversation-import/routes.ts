import type { Request, Response } from 'express';
import type { Audit } from '../audit/audit.ts';
import type { Job, Jobs } from '../jobs/jobs.ts';
import { AppError, invalid, isAppError } from '../lib/errors.ts';
import { iso } from '../lib/time.ts';
import type { Usage } from '../usage/usage.ts';
import { auditActorOf } from '../web/audit-actor.ts';
import { actorOf, userOf, wantsPage } from '../web/context.ts';
import type { Pages, Tab } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { param, textOf } from '../web/validation.ts';
import type { ConversationImport, Import } from './conversation-import.ts';
import { receiveArchive, type UploadedFile } from './upload-routes.ts';
import { importJobJson, importJobView, reportJson, type ImportJobView } from './views.ts';

const chatting: Policy = { who: 'user', scope: 'chat' };
const receiving: Policy = {
  ...chatting,
  body: { types: ['multipart/form-data'], maxBytes: Infinity, isArchive: true },
};
/** Without scripts the page reloads itself this often while something runs. */
const REFRESH_SECONDS = 3;

declare module '../web/page.ts' {
  interface Views {
    'conversation-import/index': {
      imports: { name: string; url: string; createdAt: number }[];
      maxMegabytes: number;
      error: string | null;
      settingsNav: Tab[];
    };
    'conversation-import/show': {
      name: string;
      jobs: ImportJobView[];
      deleteUrl: string;
      hasFile: boolean;
      settingsNav: Tab[];
    };
  }
}

type Deps = {
  conversationImport: ConversationImport;
  jobs: Jobs;
  usage: Pick<Usage, 'importBytes' | 'limits'>;
  audit: Pick<Audit, 'record'>;
  pages: Pages;
  settingsTabs: (t: (key: string) => string, current?: string) => Tab[];
};

/** Archives of Salon and other products: bring one in, look at what it holds, import it. */
export function conversationImportRoutes(deps: Deps): Routes {
  const { conversationImport, jobs, usage, audit, pages, settingsTabs } = deps;
  const routes = createRoutes();
  const receive = receiveArchive({ folder: conversationImport.uploadFolder, maxBytes: usage.importBytes });

  async function sendIndex(req: Request, res: Response, error?: AppError): Promise<void> {
    const imports = await conversationImport.list(userOf(req));
    const field = error?.fields[0];
    const data = {
      imports: imports.map(({ id, name, createdAt }) => ({ name, createdAt, url: `/import/${id}` })),
      maxMegabytes: usage.limits.value('import_mb'),
      error: error ? req.t(field ? `fields.${field.message}` : `errors.${error.code}`, error.params) : null,
      settingsNav: settingsTabs(req.t, 'data'),
    };
    const title = req.t('conversation_import.title');
    await pages.send(req, res, 'conversation-import/index', data, {
      title,
      status: error?.status ?? 200,
    });
  }

  async function jobJson(req: Request, job: Job) {
    const one = await conversationImport.getByJob(userOf(req), job.id);
    return importJobJson(job, one, await jobs.position(userOf(req), job.id), req.t);
  }

  /** For programs: the counts of an archive, of which nothing is kept. */
  async function answerPreview(req: Request, res: Response, { id }: Import): Promise<void> {
    const actor = actorOf(req);
    try {
      const job = await jobs.finished(actor, (await conversationImport.preview(actor, id)).id);
      const { preview } = await conversationImport.get(actor, id);
      if (!preview) throw new AppError(job.error?.code ?? 'internal', { params: job.error?.params ?? {} });
      res.json({ dry_run: true, ...reportJson(preview, req.t) });
    } finally {
      await conversationImport.remove(actor, id);
    }
  }

  async function start(req: Request, id: string): Promise<Job> {
    const job = await conversationImport.start(actorOf(req), id);
    await audit.record({
      ...auditActorOf(req),
      action: 'conversations.import',
      object: { kind: 'person', id: userOf(req).id },
      outcome: 'done',
    });
    return job;
  }

  async function take(req: Request, res: Response): Promise<void> {
    const { file } = req as { file?: UploadedFile };
    // A browser sends an empty file for a field that was left empty.
    if (file?.size === 0) await conversationImport.discard(file.filename);
    if (!file || file.size === 0) throw invalid('file', 'required');
    const { filename, originalname: name, size: bytes } = file;
    const one = await conversationImport.add(actorOf(req), { file: filename, name, bytes });
    if (wantsPage(req)) {
      await conversationImport.preview(actorOf(req), one.id);
      return res.redirect(303, `/import/${one.id}`);
    }
    if (textOf(req.query, 'dry_run') === '1') return answerPreview(req, res, one);
    res.status(202).json({ job: await jobJson(req, await start(req, one.id)) });
  }

  routes.get('/import', chatting, async (req, res) => {
    if (wantsPage(req)) return sendIndex(req, res);
    const imports = await conversationImport.list(userOf(req));
    res.json({ imports: imports.map((one) => importJson(one, req)) });
  });

  routes.post('/import', receiving, receive, async (req: Request, res: Response) => {
    try {
      await take(req, res);
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await sendIndex(req, res, error);
    }
  });

  routes.get('/import/:id', chatting, async (req, res) => {
    const one = await conversationImport.get(userOf(req), param(req, 'id'));
    if (!wantsPage(req)) return void res.json(importJson(one, req));
    const unindexed = conversationImport.unindexed();
    const ids = [one.jobId, one.previewJobId].filter((id) => id !== null);
    const shown = await Promise.all(
      ids.map(async (id) => importJobView({ job: await jobs.find(userOf(req), id), one, unindexed }, req)),
    );
    const data = {
      name: one.name,
      jobs: shown,
      deleteUrl: `/import/${one.id}/delete`,
      hasFile: one.hasFile,
      settingsNav: settingsTabs(req.t, 'data'),
    };
    await pages.send(req, res, 'conversation-import/show', data, {
      title: req.t('conversation_import.title_of', { name: one.name }),
      refreshSeconds: shown.some(({ running }) => running) ? REFRESH_SECONDS : 0,
    });
  });

  routes.post('/import/:id/start', chatting, async (req, res) => {
    const job = await start(req, param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, `/import/${param(req, 'id')}`);
    res.status(202).json({ job: await jobJson(req, job) });
  });

  const remove = async (req: Request, res: Response) => {
    await conversationImport.remove(userOf(req), param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, '/import');
    res.status(204).end();
  };
  routes.delete('/import/:id', chatting, remove);
  routes.post('/import/:id/delete', chatting, remove);

  return routes;
}

const importJson = (one: Import, req: Request) => ({
  id: one.id,
  name: one.name,
  bytes: one.bytes,
  preview: one.preview && reportJson(one.preview, req.t),
  report: one.report && reportJson(one.report, req.t),
  created_at: iso(one.createdAt),
});
