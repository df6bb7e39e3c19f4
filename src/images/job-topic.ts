import type { Jobs } from '../jobs/jobs.ts';
import { createTurns } from '../lib/turns.ts';
import { visitor } from '../web/context.ts';
import { toAppError } from '../web/errors.ts';
import { topicError, type Topic } from '../web/event-topic.ts';
import type { Pages } from '../web/page.ts';
import type { Images } from './images.ts';
import { createJobDescriptions, type JobDescription } from './job-description.ts';

type Deps = { images: Images; jobs: Jobs; pages: Pages };

/** Jobs on `GET /events`, as `GET /jobs/:id/events` tells them. */
export function jobTopic({ images, jobs, pages }: Deps): Topic {
  const describe = createJobDescriptions({ images, jobs });

  return {
    kind: 'job',
    scope: 'images',
    isPosition: (text) => /^[a-z]+\.\d+\.\d+$/.test(text),
    async open({ req, id, position, send }) {
      let last = position;
      let isOver = false;
      const turns = createTurns((error) => send([topicError(req, id, toAppError(error))]));
      const tell = async () => {
        if (isOver) return;
        const found = await describe(visitor(req), id, req.t);
        isOver = !found.view.running;
        const next = positionOf(found);
        if (next === last) return;
        last = next;
        const html = pages.partial(req, 'images/_job', { job: found.view });
        const data = JSON.stringify({ for: id, job: found.json, html });
        send([{ event: isOver ? 'done' : 'progress', data, position: next }]);
      };
      // Looked up first, so that a foreign job is left out.
      await jobs.find(visitor(req), id);
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
const positionOf = ({ job, view }: JobDescription) =>
  `${job.status}.${Math.round(job.progress)}.${view.ready}`;
