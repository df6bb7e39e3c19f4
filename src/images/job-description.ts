import type { Job, Jobs } from '../jobs/jobs.ts';
import type { Images } from './images.ts';
import { jobJson, jobView } from './views.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;
type Deps = { images: Pick<Images, 'listOfJob'>; jobs: Pick<Jobs, 'find' | 'position'> };

export type JobDescription = {
  job: Job;
  json: ReturnType<typeof jobJson>;
  view: ReturnType<typeof jobView>;
};

/** How an image job stands, for clients and for templates. The result throws AppError `not_found`. */
export function createJobDescriptions({ images, jobs }: Deps) {
  return async (actor: { id: string }, id: string, t: Translate): Promise<JobDescription> => {
    const job = await jobs.find(actor, id);
    const made = await images.listOfJob(actor, id);
    const position = await jobs.position(actor, id);
    return { job, json: jobJson(job, made, position, t), view: jobView(job, made, t) };
  };
}
