import type { AuthMethod } from '../lib/actor.ts';
import { AppError, type ErrorCode } from '../lib/errors.ts';
import type { Files } from '../files/files.ts';
import type { Job, JobHandler } from '../jobs/jobs.ts';
import type { Statement } from '../platform/db/db.ts';
import type { Log } from '../platform/log.ts';
import { encodeImage, type ImageFormat } from '../platform/image-codec.ts';
import type { Provider, ServedBy } from '../provider/provider.ts';
import { nameOf } from './file-name.ts';
import type { CheckedRequest } from './request.ts';
import type { ImageRow, ImageStore } from './store.ts';

/** Calls to the model server at once over all users; its own limits queue them further. */
const CONCURRENT_JOBS = 8;

type PendingRow = ImageRow & { file_id: string };
export type ImageJobInput = CheckedRequest & {
  requestId: string;
  authMethod: AuthMethod;
  keyId: string | null;
};
type Deps = {
  store: ImageStore;
  files: Files;
  provider: Pick<Provider, 'image'>;
  log: Log;
  newId: () => string;
  now: () => number;
};

/** How an image job is done: asked for, decoded and written anew by us, stored, then its row is made ready. */
export function imageWork(deps: Deps): JobHandler {
  const { store, files, provider, log, now } = deps;

  /** After a crash on the way the file tells whether it is whole, so that an image that was paid for is taken up. */
  async function save(
    row: PendingRow,
    input: ImageJobInput,
    bytes: Buffer,
    made: ServedBy & { revised: string | undefined; isOpaque: boolean },
  ): Promise<void> {
    const image = await encodeImage(bytes, encodingOf(input));
    const { filename, path } = nameOf(input.format, now());
    const description = store.description({
      id: row.id,
      filename,
      providerId: made.providerId,
      model: made.model,
      newPrompt: made.revised ?? null,
      prompt: made.revised ?? row.first_prompt,
      background: made.isOpaque ? 'opaque' : null,
      width: image.width,
      height: image.height,
    });
    const content = { place: path, bytes: image.bytes, sha256: image.sha256 };
    const ready = [store.readiness(row.id, now())];
    if (!(await files.commit(row.file_id, content, { before: [description], ready }))) return;
    await followIntoTrash(row);
    log.info('image saved', { path, bytes: image.bytes.length, request_id: input.requestId });
  }

  /** It may have been deleted while it was being made. */
  async function followIntoTrash(row: PendingRow): Promise<void> {
    if (await store.findDeleted(row.id, row.owner_id)) await store.batch([files.trash(row.file_id)]);
  }

  return {
    concurrency: CONCURRENT_JOBS,

    async run(job, call) {
      const input = job.input as ImageJobInput;
      const waiting = (await store.listPending(job.id)).filter(hasFile).filter(isNotDeleted);
      const total = waiting.length;
      // All were deleted while the job waited, or given up before a crash: nothing to pay for.
      if (total === 0) {
        const made = await store.listOfJob(job.id);
        if (made.some(({ status }) => status === 'failed')) throw new AppError('stopped');
        return;
      }
      const faults: unknown[] = [];
      let server: ServedBy = { providerId: null, model: input.model ?? '' };
      const account = { ownerId: job.ownerId, authMethod: input.authMethod, keyId: input.keyId };
      await provider.image(
        {
          prompt: input.prompt,
          n: total,
          model: input.model ?? undefined,
          size: input.size ?? undefined,
          quality: input.quality ?? undefined,
          background: input.background ?? undefined,
          format: input.format,
          compression: input.compression ?? undefined,
          moderation: input.moderation ?? undefined,
          requestId: input.requestId,
          account: { ...account, purpose: 'image', subjectId: job.id },
        },
        {
          signal: call.signal,
          onServer: (known) => (server = known),
          onSent: () => call.sent(),
          async onImage({ bytes, revisedPrompt: revised, isOpaque }) {
            const row = waiting.shift();
            if (!row) return;
            // One unreadable image does not lose the others of the same paid call.
            await save(row, input, bytes, { ...server, revised, isOpaque }).catch((error: unknown) => {
              faults.push(error);
              log.warn('image could not be saved', {
                job: job.id,
                code: codeOf(error),
                request_id: input.requestId,
              });
            });
            await call.progress(Math.round(((total - waiting.length) / (total + 1)) * 100));
          },
        },
      );
      if (faults.length > 0) throw faults[0];
      if (waiting.length > 0) throw new AppError('upstream_no_image');
    },

    async recover(job) {
      for (const row of (await store.listPending(job.id)).filter(hasFile))
        if (await files.takeUp(row.file_id, [store.readiness(row.id, now())])) await followIntoTrash(row);
      // Failed ones count: an earlier recovery may have been cut off after it gave them up.
      return (await store.listOfJob(job.id)).every(({ status }) => status === 'ready');
    },

    async ended(job) {
      const error = job.error ?? { code: 'stopped', params: {} };
      const pending = await store.listPending(job.id);
      if (pending.length > 0) {
        await store.batch(pending.flatMap((row) => failing({ store, files }, row, JSON.stringify(error))));
        await files.sweep();
      }
      if (job.error && job.status !== 'cancelled')
        log.error('image generation failed', {
          job: job.id,
          code: job.error.code,
          request_id: requestIdOf(job),
        });
    },
  };
}

/** Ends a pending image without an image, and gives back the room that was reserved for it. */
export function failing(
  { store, files }: { store: ImageStore; files: Pick<Files, 'release'> },
  row: ImageRow,
  error: string,
): Statement[] {
  const release = row.file_id === null ? [] : [files.release(row.file_id)];
  return [store.failure(row.id, error), ...release];
}

const hasFile = (row: ImageRow): row is PendingRow => row.file_id !== null;
const isNotDeleted = (row: ImageRow) => row.deleted_at === null;

const formatOf = (format: string): ImageFormat =>
  format === 'webp' || format === 'jpeg' || format === 'avif' ? format : 'png';

/** Written anew with the quality that the server was asked for; the encoders begin at 1. */
function encodingOf({ format, compression }: ImageJobInput): { format: ImageFormat; quality?: number } {
  const quality = typeof compression === 'number' ? { quality: Math.max(1, compression) } : {};
  return { format: formatOf(format), ...quality };
}

const codeOf = (error: unknown): ErrorCode => (error instanceof AppError ? error.code : 'internal');

function requestIdOf(job: Job): string {
  return (job.input as ImageJobInput).requestId;
}
