import { AppError, type ErrorCode } from '../lib/errors.ts';
import { randomCharacters } from '../lib/ids.ts';
import { utcStamp } from '../lib/time.ts';
import type { Job, JobHandler } from '../jobs/jobs.ts';
import type { Models } from '../models/models.ts';
import type { Files } from '../platform/files/files.ts';
import type { Log } from '../platform/log.ts';
import { encodePicture } from '../platform/pictures.ts';
import type { Door, Provider } from '../provider/provider.ts';
import type { CheckedRequest } from './request.ts';
import type { ImageRow, ImageStore } from './store.ts';

/** Calls to the model server at once over all users; its own limits queue them further. */
const CONCURRENT_JOBS = 8;
const NAME_CHARACTERS = 8;
const endings: Record<string, string> = { jpeg: 'jpg' };

export type ImageJobInput = CheckedRequest & { requestId: string; door: Door; keyId: string | null };
type Deps = {
  store: ImageStore;
  files: Files;
  provider: Pick<Provider, 'image'>;
  models: Models;
  log: Log;
  newId: () => string;
  now: () => number;
};

/** How a picture job is done: asked for, decoded and written anew by us, stored, then its row is made ready. */
export function imageWork(deps: Deps): JobHandler {
  const { store, files, provider, models, log, now } = deps;

  /**
   * Description, file, ready: in this order, each durable. After a crash between them the description tells whether the
   * file is whole, so that a picture that was paid for is taken up and none lies about without a row.
   */
  async function save(
    row: ImageRow,
    input: ImageJobInput,
    bytes: Buffer,
    made: { model: string; revised?: string | undefined },
  ): Promise<void> {
    const picture = await encodePicture(bytes, { format: formatOf(input.format) });
    const providerId = await models.providerId();
    const { filename, path } = nameOf(input.format, now());
    const description = {
      ...{ id: row.id, filename, path, providerId, model: made.model },
      newPrompt: made.revised ?? null,
      prompt: made.revised ?? row.first_prompt,
      ...{
        width: picture.width,
        height: picture.height,
        bytes: picture.bytes.length,
        sha256: picture.sha256,
      },
    };
    if ((await store.describe(description)) === 0) return;
    try {
      await files.put(path, picture.bytes);
      if ((await store.ready(row.id, now())) === 0) return await files.remove(path);
    } catch (error) {
      await files.remove(path);
      throw error;
    }
    log.info('image saved', { path, bytes: picture.bytes.length, request_id: input.requestId });
  }

  return {
    concurrency: CONCURRENT_JOBS,

    async run(job, call) {
      const input = job.input as ImageJobInput;
      const waiting = await store.listPending(job.id);
      const total = waiting.length;
      // All were deleted while the job waited: nothing to pay for.
      if (total === 0) return;
      let firstFault: unknown;
      const account = { ownerId: job.ownerId, door: input.door, keyId: input.keyId };
      await provider.image(
        {
          prompt: input.prompt,
          n: total,
          model: input.model ?? undefined,
          size: input.size ?? undefined,
          quality: input.quality ?? undefined,
          background: input.background ?? undefined,
          format: input.format,
          requestId: input.requestId,
          account: { ...account, purpose: 'picture', subjectId: job.id },
        },
        {
          signal: call.signal,
          onSent: () => call.sent(),
          async onImage({ bytes, revisedPrompt }) {
            const row = waiting.shift();
            if (!row) return;
            // One unreadable picture does not lose the others of the same paid call.
            await save(row, input, bytes, { model: input.model ?? '', revised: revisedPrompt }).catch(
              (error: unknown) => {
                firstFault ??= error;
                log.warn('image could not be saved', {
                  job: job.id,
                  code: codeOf(error),
                  request_id: input.requestId,
                });
              },
            );
            await call.progress(Math.round(((total - waiting.length) / (total + 1)) * 100));
          },
        },
      );
      if (firstFault) throw firstFault;
      if (waiting.length > 0) throw new AppError('upstream_no_image');
    },

    async recover(job) {
      for (const row of await store.listPending(job.id)) {
        const found = row.path ? await files.stat(row.path) : undefined;
        if (found && found.bytes === row.bytes) await store.ready(row.id, now());
      }
      // Failed ones count: an earlier recovery may have been cut off after it gave them up.
      return (await store.listOfJob(job.id)).every(({ status }) => status === 'ready');
    },

    async ended(job) {
      const error = job.error ?? { code: 'stopped', params: {} };
      await store.failPending(job.id, JSON.stringify(error));
      if (job.error && job.status !== 'cancelled')
        log.error('image generation failed', {
          job: job.id,
          code: job.error.code,
          request_id: requestIdOf(job),
        });
    },
  };
}

/** File name and path below the picture folder; stamp in UTC, as the contract says. */
function nameOf(format: string, at: number): { filename: string; path: string } {
  const stamp = utcStamp(at);
  const random = randomCharacters(NAME_CHARACTERS);
  const filename = `generated_image_${stamp.date}_${stamp.time}_${random}.${endings[format] ?? format}`;
  return { filename, path: `${stamp.year}/${stamp.month}/${filename}` };
}

const formatOf = (format: string) =>
  format === 'webp' || format === 'jpeg' || format === 'avif' ? format : ('png' as const);

const codeOf = (error: unknown): ErrorCode => (error instanceof AppError ? error.code : 'internal');

function requestIdOf(job: Job): string {
  return (job.input as ImageJobInput).requestId;
}
