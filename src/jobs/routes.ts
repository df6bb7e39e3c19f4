import type { Request, Response } from 'express';
import { notFound } from '../lib/errors.ts';
import { userOf, wantsPage } from '../web/context.ts';
import { assertScope, ownPath } from '../web/guards.ts';
import { param } from '../web/validation.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { formatEvent, type EventStreams } from '../web/sse.ts';
import { isLive, type Job } from './job.ts';
import type { Jobs } from './jobs.ts';

/** What a feature says of its kind of jobs, for the routes that all kinds share. */
export type JobKind = {
  /** What an API key must have been made for. */
  scope: string;
  /** The job for programs, and as the piece of page that shows it. `position`: so many are before it in the queue. */
  describe(req: Request, job: Job, position: number): Promise<JobDescription>;
  /** Queues the job again, with what belongs to it. */
  retry(actor: { id: string }, id: string): Promise<unknown>;
  /** Paths of the pages that show such jobs. A form leads back to the one it was on, else to the first. */
  pages: readonly [string, ...string[]];
};

/** `made` counts the results that are there already. */
export type JobDescription = { json: object; html: () => string; made: number };

/** A job of the caller's as its kind shows it. */
export async function describeJob(
  req: Request,
  kind: JobKind,
  jobs: Jobs,
  job: Job,
): Promise<JobDescription> {
  return kind.describe(req, job, await jobs.position(userOf(req), job.id));
}

/** The scope of a key is asked for once the job is found, since its kind says which. */
const own: Policy = { who: 'user' };

type Deps = { jobs: Jobs; kinds: ReadonlyMap<string, JobKind>; streams: EventStreams };

/** Jobs of all kinds: how one stands, its events, cancel and retry. */
export function jobRoutes({ jobs, kinds, streams }: Deps): Routes {
  const routes = createRoutes();

  /** @throws AppError `not_found` also for a job of somebody else, `scope_missing` */
  async function find(req: Request): Promise<{ job: Job; kind: JobKind }> {
    const job = await jobs.find(userOf(req), param(req, 'id'));
    const kind = kinds.get(job.kind);
    if (!kind) throw notFound();
    assertScope(req, kind.scope);
    return { job, kind };
  }

  const answer = async (req: Request, res: Response) => {
    const { job, kind } = await find(req);
    if (wantsPage(req)) return res.redirect(303, backPath(req, kind.pages));
    res.json({ job: (await describeJob(req, kind, jobs, job)).json });
  };

  routes.get('/jobs/:id', own, async (req, res) => {
    const { job, kind } = await find(req);
    res.json((await describeJob(req, kind, jobs, job)).json);
  });

  routes.get('/jobs/:id/events', own, async (req, res) => {
    // Looked up before the stream begins, so that a foreign job is a plain 404.
    const { job, kind } = await find(req);
    const stream = streams.open(req, res);
    let turn = Promise.resolve();
    const tell = (event: 'progress' | 'done') =>
      (turn = turn
        .then(async () => {
          const now = await jobs.find(userOf(req), job.id);
          const { json, html } = await describeJob(req, kind, jobs, now);
          const isOver = event === 'done' || !isLive(now);
          if (!stream.closed)
            stream.write(formatEvent(isOver ? 'done' : 'progress', { job: json, html: html() }));
          if (isOver) stream.end();
        })
        .catch(() => stream.end()));
    const unfollow = jobs.follow(job.id, (news) => void tell(news.type === 'ended' ? 'done' : 'progress'));
    stream.onClose(unfollow);
    if (stream.closed) return;
    await tell('progress');
  });

  routes.post('/jobs/:id/cancel', own, async (req, res) => {
    const { job } = await find(req);
    await jobs.cancel(userOf(req), job.id);
    await answer(req, res);
  });

  routes.post('/jobs/:id/retry', { ...own, paid: true }, async (req, res) => {
    const { job, kind } = await find(req);
    await kind.retry(userOf(req), job.id);
    await answer(req, res);
  });

  return routes;
}

/** The page of ours that the form was on, when it is one of `pages` or below it, else the first of them. */
function backPath(req: Request, pages: JobKind['pages']): string {
  const [first] = pages;
  const { referer } = req.headers;
  if (!referer || !URL.canParse(referer)) return first;
  const from = new URL(referer);
  const path = from.host === req.headers.host ? ownPath(from.pathname) : '/';
  return pages.some((page) => path.startsWith(page)) ? path : first;
}
