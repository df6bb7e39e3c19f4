import type { JobKind } from '../jobs/jobs.ts';
import { AppError } from '../lib/errors.ts';
import { userOf } from '../web/context.ts';
import type { Pages } from '../web/page.ts';
import type { ConversationImport } from './conversation-import.ts';
import { importJobJson, importJobView, type ImportJobView } from './views.ts';

declare module '../web/page.ts' {
  interface Views {
    'conversation-import/_job': { job: ImportJobView };
  }
}

type Deps = { conversationImport: ConversationImport; pages: Pages };

/** How the routes and events of jobs show imports. */
export function importJobs({ conversationImport, pages }: Deps): JobKind {
  return {
    scope: 'chat',
    async describe(req, job, position) {
      const one = await conversationImport.getByJob(userOf(req), job.id);
      return {
        json: importJobJson(job, one, position, req.t),
        made: one.report || one.preview ? 1 : 0,
        html: () => {
          const view = importJobView({ job, one, unindexed: conversationImport.unindexed() }, req);
          return pages.partial(req, 'conversation-import/_job', { job: view });
        },
      };
    },
    // The file is removed at the end: it has to be brought in again.
    retry: () => Promise.reject(new AppError('conflict')),
    pages: ['/import'],
  };
}
