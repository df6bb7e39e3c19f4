import type { Request, Response } from 'express';
import { AppError, isAppError, notFound } from '../lib/errors.ts';
import { isId, type NewId } from '../lib/ids.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Models } from '../provider/models/models.ts';
import { actorOf, userOf, wantsPage } from '../web/context.ts';
import { setRetryAfter } from '../web/errors.ts';
import { type FormFaults, formErrors } from '../web/form-errors.ts';
import { sendFile } from '../web/file.ts';
import { limitOf, param, parse, textOf } from '../web/validation.ts';
import type { Pages } from '../web/page.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import type { Images } from './images.ts';
import { imageChange, imageInput, viewInput } from './image-schemas.ts';
import {
  imageJson,
  imageView,
  inputOf,
  imageJobJson,
  jobView,
  type ImageView,
  type JobView,
} from './views.ts';

const PAGE_SIZE = 24;

const own: Policy = { who: 'user', scope: 'images' };
const making: Policy = { ...own, paid: true };

declare module '../web/page.ts' {
  interface Views {
    'images/index': FormFaults &
      ImageOptions & {
        models: Choice[];
        errorAction: Link | null;
        jobs: JobView[];
        images: ImageView[];
        nextUrl: string | null;
        previousUrl: string | null;
        total: number;
      };
    'images/_options': ImageOptions & Pick<FormFaults, 'fieldErrors'>;
    'images/show': { image: ImageView };
  }
}

type ImageOptions = {
  form: Record<'prompt' | 'model' | 'n' | 'clientId' | OptionName, string>;
  family: ReturnType<Images['family']>;
};
type OptionName = 'size' | 'quality' | 'background' | 'format' | 'compression' | 'moderation';
type Choice = { value: string; label: string; selected: boolean };
type Deps = { images: Images; jobs: Jobs; models: Models; pages: Pages; newId: NewId };

/** Images: the page that makes and shows them, each one, and its file. */
export function imageRoutes({ images, jobs, models, pages, newId }: Deps): Routes {
  const routes = createRoutes();

  async function studio(req: Request, res: Response, failed?: AppError): Promise<void> {
    const actor = userOf(req);
    const asked = (failed ? req.body : req.query) as Record<string, unknown>;
    const model = textOf(asked, 'model') ?? 'auto';
    const page = pageOf(req);
    const { images: shown, total } = await images.list(actor, page, PAGE_SIZE);
    const open = await images.listOpenJobs(actor);
    const jobViews = await Promise.all(
      open.map(async (job) => jobView(job, await images.listOfJob(actor, job.id), req.t)),
    );
    const data = {
      form: formOf(asked, model),
      family: images.family(model === 'auto' ? undefined : model),
      models: choicesOf(models, req, model),
      ...formErrors(req, failed),
      errorAction: pages.errorAction(req, failed),
      jobs: failed ? [] : jobViews,
      images: shown.map((image) => imageView(image, req.t)),
      nextUrl: page * PAGE_SIZE < total ? `/images?page=${page + 1}` : null,
      previousUrl: page > 1 ? `/images?page=${page - 1}` : null,
      total,
    };
    if (textOf(req.query, 'fragment') === 'options') {
      res.type('html').send(pages.partial(req, 'images/_options', data));
      return;
    }
    const runs = jobViews.some((job) => job.running);
    setRetryAfter(res, failed);
    await pages.send(req, res, 'images/index', data, {
      title: req.t('images.title'),
      section: 'images',
      status: failed?.status ?? 200,
      refreshSeconds: runs && !failed ? 2 : 0,
      notice: noticeOf(req),
    });
  }

  function formOf(asked: Record<string, unknown>, model: string) {
    const text = (name: string, fallback: string) => textOf(asked, name) ?? fallback;
    return {
      prompt: text('prompt', ''),
      model,
      size: text('size', images.defaults.size),
      quality: text('quality', images.defaults.quality),
      background: text('background', 'auto'),
      format: text('format', 'png'),
      compression: text('compression', ''),
      moderation: text('moderation', 'auto'),
      n: text('n', '1'),
      clientId: newId(),
    };
  }

  routes.get('/images', { ...own, textStatus: true }, async (req, res) => {
    if (wantsPage(req)) return studio(req, res);
    const page = pageOf(req);
    const limit = limitOf(req.query, 10);
    const { images: shown, total } = await images.list(userOf(req), page, limit);
    const totalPages = Math.max(1, Math.ceil(total / limit));
    res.json({
      status: 'success',
      images: shown.map(imageJson),
      page,
      limit,
      total_pages: totalPages,
      total_images: total,
    });
  });

  routes.post('/images', making, async (req, res) => {
    try {
      const { client_id: clientId, ...request } = parse(imageInput, req.body);
      const job = await images.create(actorOf(req), { ...request, clientId, requestId: req.requestId });
      if (wantsPage(req)) return res.redirect(303, '/images');
      const made = await images.listOfJob(userOf(req), job.id);
      res.status(202).json({ job: imageJobJson(job, made, await jobs.position(userOf(req), job.id), req.t) });
    } catch (error) {
      if (!wantsPage(req) || !isAppError(error)) throw error;
      await studio(req, res, error);
    }
  });

  routes.get('/images/:name', own, async (req, res) => {
    const name = param(req, 'name');
    if (name.includes('.')) return sendImage(req, res, name);
    if (!isId(name)) throw notFound();
    const image = await images.get(userOf(req), name);
    if (!wantsPage(req)) return void res.json(imageJson(image));
    const job = image.jobId === null ? undefined : await jobs.find(userOf(req), image.jobId);
    await pages.send(
      req,
      res,
      'images/show',
      { image: imageView(image, req.t, job && inputOf(job)) },
      {
        title: image.title ?? image.prompt.slice(0, 60),
        section: 'images',
        refreshSeconds: image.status === 'pending' ? 2 : 0,
      },
    );
  });

  async function sendImage(req: Request, res: Response, filename: string): Promise<void> {
    const image = await images.getByFilename(userOf(req), filename);
    const wanted = viewInput.safeParse(req.query);
    if (!wanted.success)
      throw new AppError('invalid', { fields: [{ field: 'w', message: 'unknown_value' }] });
    const { w, h, format } = wanted.data;
    const opened = await images.open(image, w || h || format ? { width: w, height: h, format } : undefined);
    const etag = `"${image.sha256?.slice(0, 24) ?? image.id}-${w ?? 0}-${h ?? 0}-${opened.format}"`;
    const download = textOf(req.query, 'download') === '1' ? filename : undefined;
    await sendFile(req, res, { file: opened, etag, type: `image/${opened.format}`, download });
  }

  const change = async (req: Request, res: Response) => {
    const image = await images.change(userOf(req), param(req, 'id'), parse(imageChange, req.body));
    if (wantsPage(req)) return res.redirect(303, `/images/${image.id}`);
    res.json(imageJson(image));
  };
  routes.patch('/images/:id', own, change);
  routes.post('/images/:id', own, change);

  routes.delete('/images/:id', own, async (req, res) => {
    await images.remove(userOf(req), param(req, 'id'));
    res.status(204).end();
  });
  routes.post('/images/:id/delete', own, async (req, res) => {
    const id = param(req, 'id');
    await images.remove(userOf(req), id);
    if (wantsPage(req)) return res.redirect(303, `/images?deleted=${id}`);
    res.status(204).end();
  });
  routes.post('/images/:id/restore', own, async (req, res) => {
    const image = await images.restore(userOf(req), param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, '/images');
    res.json(imageJson(image));
  });

  return routes;
}

function pageOf(req: Request): number {
  const page = Number(textOf(req.query, 'page') ?? 1);
  return Number.isInteger(page) && page >= 1 && page <= 1_000_000 ? page : 1;
}

/** The picker's entries; the first takes whatever the server's default is. */
function choicesOf(models: Models, req: Request, selected: string) {
  return models.choices('image').map(({ name, label, isDefault }) => ({
    value: name,
    label: isDefault ? req.t('app.default_model', { model: label }) : label,
    selected: name === selected || (isDefault && selected === 'auto'),
  }));
}

function noticeOf(req: Request) {
  const id = textOf(req.query, 'deleted');
  if (!id || !isId(id)) return null;
  const undo = { action: `/images/${id}/restore`, label: req.t('notices.undo'), trashUrl: '/trash' };
  return { kind: 'success' as const, text: req.t('notices.image_deleted'), undo };
}
