import type { Actor } from '../lib/actor.ts';
import type { Files, StoredFile, View } from '../files/files.ts';
import { notFound } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import { excerpt } from '../lib/text.ts';
import type { Models } from '../provider/models/models.ts';
import type { Job, Jobs } from '../jobs/jobs.ts';
import type { Db, Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import type { ImageFamily, Provider } from '../provider/provider.ts';
import { toImage, type Image } from './image.ts';
import { checkRequest, maxBytesOf, type ImageRequest } from './request.ts';
import { createImageStore, type ImageRow } from './store.ts';
import { createImageTrash } from './trash.ts';
import { failing, imageWork } from './work.ts';

export type { Image } from './image.ts';
export type { ImageRow } from './store.ts';
export { MAX_PROMPT } from './request.ts';
export { createStoredImages, type ExistingImage, type StoredImages } from './stored/stored-images.ts';
export { imageView, jobView, type ImageView, type JobView } from './views.ts';

const KIND = 'image';
const MAX_TITLE = 200;
const ORPHANS_AT_ONCE = 200;

type Deps = {
  db: Db;
  jobs: Jobs;
  files: Files;
  provider: Provider;
  models: Models;
  log: Log;
  newId: NewId;
  now: () => number;
  defaults: { size: string; quality: string };
};

/** Images: asked for, made by durable jobs, kept, shown to their owner only. */
export function createImages(deps: Deps) {
  const { db, jobs, files, models, newId, now, defaults } = deps;
  const store = createImageStore(db);
  jobs.handle(KIND, imageWork({ ...deps, store }));

  async function get(actor: Actor, id: string): Promise<ImageRow> {
    const row = await store.find(id, actor.id);
    if (!row) throw notFound();
    return row;
  }

  /**
   * What stores a job with its empty images, for a caller that stores more with it. The whole batch fails with
   * `quota_reached` when there is no room for them, with `conflict` when the job is known or too many are active.
   * @throws AppError `invalid`
   */
  function prepare(
    actor: Actor,
    request: ImageRequest & { clientId?: string | undefined; requestId: string },
  ) {
    const { count, ...checked } = checkRequest(request, models.family(request.model), defaults);
    const { authMethod = 'system', keyId = null } = actor;
    const input = { ...checked, count, requestId: request.requestId, authMethod, keyId };
    const job = jobs.prepare(actor, { kind: KIND, input, clientId: request.clientId });
    const maxBytes = maxBytesOf(checked, models.family(request.model).sizes);
    // The job comes first: a repeat of a known one ends the batch there, and needs no room.
    const statements = (messageId: string | null): Statement[] => [
      job.statement,
      ...Array.from({ length: count }, (_, position) => {
        const fileId = newId();
        const image = { ...checked, id: newId(), messageId, fileId, position, now: now() };
        return [
          files.reserve({ id: fileId, ownerId: actor.id, kind: 'image', maxBytes }),
          store.insertion(job.id, image),
        ];
      }).flat(),
    ];
    return { id: job.id, kind: KIND, clientId: request.clientId, statements };
  }

  return {
    prepare,
    wake: () => jobs.wake(KIND),

    /**
     * Stores the request and answers at once; the images follow.
     * @throws AppError `invalid`, `too_many_active`, `quota_reached`
     */
    async create(
      actor: Actor,
      request: ImageRequest & { clientId?: string | undefined; requestId: string },
    ): Promise<Job> {
      const prepared = prepare(actor, request);
      return jobs.enqueue(actor, { ...prepared, statements: prepared.statements(null) });
    },

    family: (model?: string): ImageFamily => models.family(model),
    defaults,

    /** Ready ones, newest first. `page` counts from 1. */
    async list(actor: Actor, page: number, limit: number): Promise<{ images: Image[]; total: number }> {
      const rows = await store.listReady(actor.id, limit, (page - 1) * limit);
      return { images: rows.map(toImage), total: await store.countReady(actor.id) };
    },
    listOpenJobs: (actor: Actor) => jobs.listOpen(actor, KIND),
    listOfJob: async (actor: Actor, jobId: string) => {
      await jobs.find(actor, jobId);
      return (await store.listOfJob(jobId)).map(toImage);
    },
    /**
     * The job behind a conversation's image, or undefined when its images were deleted. The message itself may be gone: a copy
     * of it shows them.
     */
    findJobOfMessage: async (actor: Actor, messageId: string) => {
      const id = await store.jobOfMessage(messageId, actor.id);
      return id ? jobs.find(actor, id) : undefined;
    },
    get: async (actor: Actor, id: string) => toImage(await get(actor, id)),
    async getByFilename(actor: Actor, filename: string): Promise<Image> {
      const row = await store.findByFilename(filename, actor.id);
      if (!row) throw notFound();
      return toImage(row);
    },

    /** @throws AppError `not_found`, `conflict`, `too_many_active`, `quota_reached` */
    async retry(actor: Actor, jobId: string): Promise<Job> {
      const failed = await store.listFailed(jobId, actor.id);
      const statements = failed.flatMap((row) => {
        const id = newId();
        const maxBytes = maxBytesOf(row, models.family(row.model ?? undefined).sizes);
        return [
          files.reserve({ id, ownerId: actor.id, kind: 'image', maxBytes }),
          store.waitingAgain(row.id, id),
        ];
      });
      return jobs.retry(actor, jobId, statements);
    },

    /** Writes what is given, and nothing else; an empty title is none. @throws AppError `not_found` */
    async change(
      actor: Actor,
      id: string,
      { title, favourite }: { title?: string | undefined; favourite?: boolean | undefined },
    ) {
      const newTitle = title === undefined ? undefined : excerpt(title, MAX_TITLE) || null;
      await store.change(id, actor.id, { title: newTitle, favourite });
      return toImage(await get(actor, id));
    },
    ...createImageTrash({ store, files, now }),

    /** The file of an image, or a smaller copy of it. @throws AppError `not_found` when there is none */
    async open(image: Image, view?: View): Promise<StoredFile & { format: string }> {
      if (image.status !== 'ready' || image.fileId === null) throw notFound();
      if (view) return files.openRendition(image.fileId, image.format, view);
      return { ...(await files.open(image.fileId)), format: image.format };
    },

    /** Images that no job will finish any more become failed ones. Call after the jobs are open. */
    async recover(): Promise<void> {
      const error = JSON.stringify({ code: 'outcome_unknown', params: {} });
      for (;;) {
        const orphans = await store.listOrphans(ORPHANS_AT_ONCE);
        if (orphans.length === 0) return;
        await store.batch(orphans.flatMap((row) => failing({ store, files }, row, error)));
        await files.sweep();
      }
    },
  };
}

export type Images = ReturnType<typeof createImages>;
