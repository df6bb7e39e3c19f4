import { iso } from '../lib/time.ts';
import type { ErrorParams } from '../lib/errors.ts';
import type { Job } from './job.ts';

type Translate = (key: string, params?: ErrorParams) => string;

/** What the JSON of a job of any kind has. `position` counts the jobs that are before it in the queue. */
export function jobJson(job: Job, position: number, t: Translate) {
  const { error } = job;
  return {
    id: job.id,
    kind: job.kind,
    status: job.status,
    progress: job.progress,
    position,
    ...(error ? { error: { code: error.code, message: t(`errors.${error.code}`, error.params) } } : {}),
    created_at: iso(job.createdAt),
  };
}
