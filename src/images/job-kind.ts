import type { JobKind, Jobs } from '../jobs/jobs.ts';
import { userOf } from '../web/context.ts';
import type { Pages } from '../web/page.ts';
import type { Images } from './images.ts';
import { jobJson, jobView, type JobView } from './views.ts';

declare module '../web/page.ts' {
  interface Views {
    'images/_job': { job: JobView };
  }
}

type Deps = { images: Images; jobs: Jobs; pages: Pages };

/** How the routes and events of jobs show and repeat those that make images. */
export function imageJobs({ images, jobs, pages }: Deps): JobKind {
  return {
    scope: 'images',
    async describe(req, job) {
      const actor = userOf(req);
      const made = await images.listOfJob(actor, job.id);
      const position = await jobs.position(actor, job.id);
      return {
        json: jobJson(job, made, position, req.t),
        made: made.filter(({ status }) => status === 'ready').length,
        html: () => pages.partial(req, 'images/_job', { job: jobView(job, made, req.t) }),
      };
    },
    retry: (actor, id) => images.retry(actor, id),
    pages: ['/images', '/conversations/'],
  };
}
