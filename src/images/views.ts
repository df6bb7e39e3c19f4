import type { ErrorParams } from '../lib/errors.ts';
import { iso } from '../lib/time.ts';
import { jobJson, type Job } from '../jobs/jobs.ts';
import type { Image } from './image.ts';
import { pixelsOf } from './request.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;
/** Tiles are at most this wide on a screen of double density. */
const THUMB_PIXELS = 512;

/** An image as the templates draw it; `asked` is what its job was given, where that may be told. */
export function imageView(image: Image, t: Translate, asked?: { background: string | null }) {
  const error = image.error?.code === 'stopped' ? t('images.states.cancelled') : sentence(t, image.error);
  const file = image.filename ? `/images/${image.filename}` : null;
  return {
    id: image.id,
    url: `/images/${image.id}`,
    src: file,
    thumb: file && `${file}?w=${THUMB_PIXELS}`,
    downloadUrl: file && `${file}?download=1`,
    prompt: image.prompt,
    firstPrompt: image.firstPrompt,
    model: image.model,
    size: image.size,
    quality: image.quality,
    format: image.format,
    width: image.width,
    height: image.height,
    createdAt: image.createdAt,
    filename: image.filename,
    status: image.status,
    error: image.status === 'failed' ? (error ?? t('images.states.failed')) : null,
    note:
      asked?.background === 'transparent' && image.background === 'opaque' ? t('images.made_opaque') : null,
    isCancelled: image.error?.code === 'stopped',
    deleteUrl: `/images/${image.id}/delete`,
    againUrl: `/images?${new URLSearchParams({ prompt: image.firstPrompt }).toString()}`,
    entryUrl: null,
  };
}

export type ImageView = ReturnType<typeof imageView>;

/** A job with its images as the templates draw it. */
export function jobView(job: Job, images: Image[], t: Translate) {
  const input = inputOf(job);
  const views = images.map((image) => imageView(image, t, input));
  const error = job.error && job.status !== 'cancelled' ? sentence(t, job.error) : null;
  const ready = images.filter(({ status }) => status === 'ready').length;
  return {
    id: job.id,
    status: job.status,
    statusText: t(`jobs.${job.status === 'failed' && ready > 0 ? 'partial' : job.status}`),
    ready,
    error,
    prompt: input.prompt,
    requested: input.count,
    images: views,
    note: goneNote(job, views.length, t) ?? views.find(({ note }) => note !== null)?.note ?? null,
    eventsUrl: `/jobs/${job.id}/events`,
    cancelUrl: `/jobs/${job.id}/cancel`,
    retryUrl: `/jobs/${job.id}/retry`,
    ...pixelsOf(input.size),
    running: job.status === 'queued' || job.status === 'running',
  };
}

/** That there is nothing to see any more of what was made. */
const goneNote = (job: Job, count: number, t: Translate) =>
  job.status === 'complete' && count === 0 ? t('images.gone', { count: inputOf(job).count }) : null;

type JobInput = { prompt: string; size: string | null; background: string | null; count: number };

/** What a job was given. */
export const inputOf = (job: Job) => job.input as JobInput;

export type JobView = ReturnType<typeof jobView>;

/** An image as JSON. */
export function imageJson(image: Image) {
  return {
    id: image.id,
    prompt: image.prompt,
    first_prompt: image.firstPrompt,
    new_prompt: image.newPrompt,
    image_url: image.filename ? `/images/${image.filename}` : null,
    filename: image.filename,
    status: image.status,
    title: image.title,
    favourite: image.favourite,
    model: image.model,
    size: image.size,
    quality: image.quality,
    background: image.background,
    format: image.format,
    width: image.width,
    height: image.height,
    bytes: image.bytes,
    created_at: iso(image.createdAt),
  };
}

/** A job as JSON. `position` counts the jobs that are before it in the queue. */
export function imageJobJson(job: Job, images: Image[], position: number, t: Translate) {
  const ready = images.filter(({ status }) => status === 'ready');
  return { ...jobJson(job, position, t), images: ready.map(imageJson) };
}

function sentence(t: Translate, error: { code: string; params: ErrorParams } | null): string | null {
  return error && t(`errors.${error.code}`, error.params);
}
