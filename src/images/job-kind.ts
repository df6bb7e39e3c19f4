import type { JobKind } from '../jobs/jobs.ts';
import { userOf } from '../web/context.ts';
import type { Pages } from '../web/page.ts';
import type { Images } from './images.ts';
import { imageJobJson, jobView, type JobView } from './views.ts';

declare module '../web/page.ts' {
  interface Views {
    'images/_job': { job: JobView };
  }
}

type Deps = { images: Images; pages: Pages };

/** How the routes and events of jobs show and repeat those that make images. */
export function imageJobs({ images, pages }: Deps): JobKind {
  return {
    scope: 'images',
    async describe(req, job, position) {
      const made = await images.listOfJob(userOf(req), job.id);
      return {
        json: imageJobJson(job, made, position, req.t),
        made: made.filter(({ status }) => status === 'ready').length,
        html: () => pages.partial(req, 'images/_job', { job: jobView(job, made, req.t) }),
      };
    },
    retry: (actor, id) => images.retry(actor, id),
    pages: ['/images', '/conversations/'],
  };
}
