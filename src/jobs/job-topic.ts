import { notFound } from '../lib/errors.ts';
import { createTurns } from '../lib/turns.ts';
import { userOf } from '../web/context.ts';
import { toAppError } from '../web/errors.ts';
import { topicError, type Topic } from '../web/event-topic.ts';
import { hasScope } from '../web/guards.ts';
import { isLive, type Job } from './job.ts';
import type { Jobs } from './jobs.ts';
import { describeJob, type JobKind } from './routes.ts';

type Deps = { jobs: Jobs; kinds: ReadonlyMap<string, JobKind> };

/** Jobs of all kinds on `GET /events`, as `GET /jobs/:id/events` tells them. */
export function jobTopic({ jobs, kinds }: Deps): Topic {
  return {
    kind: 'job',
    isPosition: (text) => /^[a-z]+\.\d+\.\d+$/.test(text),
    async open({ req, id, position, send }) {
      // Looked up first, so that a foreign job, or one that the key is not for, is left out.
      const kind = kinds.get((await jobs.find(userOf(req), id)).kind);
      if (!kind || !hasScope(req, kind.scope)) throw notFound();
      let last = position;
      let isOver = false;
      const turns = createTurns((error) => send([topicError(req, id, toAppError(error))]));
      const tell = async () => {
        if (isOver) return;
        const job = await jobs.find(userOf(req), id);
        const { json, html, made } = await describeJob(req, kind, jobs, job);
        isOver = !isLive(job);
        const next = positionOf(job, made);
        if (next === last) return;
        last = next;
        const data = JSON.stringify({ for: id, job: json, html: html() });
        send([{ event: isOver ? 'done' : 'progress', data, position: next }]);
      };
      const unfollow = jobs.follow(id, () => void turns.add(tell));
      await turns.add(tell);
      return {
        close() {
          unfollow();
          turns.stop();
        },
      };
    },
  };
}

/** What there is to see of a job: a reader that has seen this is not told it again. */
const positionOf = (job: Job, made: number) => `${job.status}.${Math.round(job.progress)}.${made}`;
