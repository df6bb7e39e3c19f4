import { Router, type Request, type Response } from 'express';
import type { Jobs } from '../jobs/jobs.ts';
import { visitor, wantsPage } from '../web/context.ts';
import { requireUserFor } from '../web/guards.ts';
import { param } from '../web/input.ts';
import { ownPath } from '../web/guards.ts';
import type { Pages } from '../web/page.ts';
import { formatEvent, type EventStreams } from '../web/sse.ts';
import type { Images } from './images.ts';
import { createJobDescriptions } from './job-description.ts';

const mayPicture = requireUserFor('images');

/** Picture jobs: how one stands, its events, cancel and retry. */
export function imageJobRoutes({
  images,
  jobs,
  pages,
  streams,
}: {
  images: Images;
  jobs: Jobs;
  pages: Pages;
  streams: EventStreams;
}): Router {
  const router = Router();

  const describeJob = createJobDescriptions({ images, jobs });
  const describe = (req: Request, id: string) => describeJob(visitor(req), id, req.t);

  const answer = async (req: Request, res: Response, id: string) => {
    if (wantsPage(req)) return res.redirect(303, backPath(req));
    res.json({ job: (await describe(req, id)).json });
  };

  router.get('/jobs/:id', mayPicture, async (req, res) => {
    res.json((await describe(req, param(req, 'id'))).json);
  });

  router.get('/jobs/:id/events', mayPicture, async (req, res) => {
    const id = param(req, 'id');
    // Looked up before the stream begins, so that a foreign job is a plain 404.
    await jobs.find(visitor(req), id);
    const stream = streams.open(req, res);
    let turn = Promise.resolve();
    const tell = (event: 'progress' | 'done') =>
      (turn = turn
        .then(async () => {
          const { json, view } = await describe(req, id);
          const isOver = event === 'done' || !view.running;
          const html = pages.partial(req, 'images/_job', { job: view });
          if (!stream.closed) stream.write(formatEvent(isOver ? 'done' : 'progress', { job: json, html }));
          if (isOver) stream.end();
        })
        .catch(() => stream.end()));
    const unfollow = jobs.follow(id, (news) => void tell(news.type === 'ended' ? 'done' : 'progress'));
    stream.onClose(unfollow);
    await tell('progress');
  });

  router.post('/jobs/:id/cancel', mayPicture, async (req, res) => {
    await jobs.cancel(visitor(req), param(req, 'id'));
    await answer(req, res, param(req, 'id'));
  });

  router.post('/jobs/:id/retry', mayPicture, async (req, res) => {
    await images.retry(visitor(req), param(req, 'id'));
    await answer(req, res, param(req, 'id'));
  });

  return router;
}

/** The page of ours that the form was on, else the pictures. */
function backPath(req: Request): string {
  const { referer } = req.headers;
  if (!referer || !URL.canParse(referer)) return '/images';
  const from = new URL(referer);
  const path = from.host === req.headers.host ? ownPath(from.pathname) : '/';
  return path.startsWith('/conversations/') || path.startsWith('/images') ? path : '/images';
}
