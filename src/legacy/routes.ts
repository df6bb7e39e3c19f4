import type { Request } from 'express';
import { AppError } from '../lib/errors.ts';
import { normalizeText } from '../lib/text.ts';
import type { Chat } from '../chat/chat.ts';
import { MAX_PROMPT, type Images } from '../images/images.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { actorOf, userOf } from '../web/context.ts';
import { textOf } from '../web/validation.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { sendFailure, sessionRoutes } from './session-routes.ts';

/** As long as a message may be. */
const MAX_QUESTION = 200_000;

type Deps = { chat: Chat; images: Images; jobs: Jobs };

/**
 * The routes that clients of the older chat and image program know: always JSON, by form and by JSON, answering
 * when the work is done. The work itself is the same as everywhere, so it survives a client that hangs up.
 */
export function legacyRoutes({ chat, images, jobs }: Deps): Routes {
  const routes = createRoutes();
  for (const path of ['/generate_code', '/generate_image']) routes.area(path, { format: 'json' });
  for (const path of ['/generate-image', '/generate-prompts'])
    routes.area(path, { format: 'json', textStatus: true });

  routes.post('/generate_code', { who: 'user', scope: 'chat', paid: true }, async (req, res) => {
    const prompt = promptOf(req, MAX_QUESTION);
    const { exchange } = await chat.start(actorOf(req), {}, { content: prompt, requestId: req.requestId });
    if (!exchange) throw new AppError('internal');
    const reply = await chat.finished(userOf(req), exchange.reply.id);
    if (reply.status !== 'complete') return sendFailure(req, res, reply.error);
    res.json({ code: reply.content });
  });

  routes.post('/generate_image', { who: 'user', scope: 'images', paid: true }, async (req, res) => {
    const prompt = promptOf(req, MAX_PROMPT);
    const started = await images.create(actorOf(req), { prompt, requestId: req.requestId });
    const job = await jobs.finished(userOf(req), started.id);
    const [image] = await images.listOfJob(userOf(req), job.id);
    if (job.status !== 'complete' || !image?.filename) return sendFailure(req, res, job.error);
    res.json({ image_url: `/images/${image.filename}` });
  });

  routes.include(sessionRoutes({ chat }));
  return routes;
}

/** A missing, empty or overlong prompt is 400 on these routes, whatever its type. */
function promptOf(req: Request, max: number): string {
  const prompt = normalizeText(textOf(req.body, 'prompt') ?? '').trim();
  const refuse = (message: string) =>
    new AppError('bad_request', { fields: [{ field: 'prompt', message }], params: { max } });
  if (prompt === '') throw refuse('empty_prompt');
  if (prompt.length > max) throw refuse('too_long');
  return prompt;
}
