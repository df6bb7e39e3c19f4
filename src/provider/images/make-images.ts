import { AppError, isAppError } from '../../lib/errors.ts';
import { estimateTokens } from '../tokens.ts';
import { withRetries } from '../retry.ts';
import type { ImageCall, ImageOutcome, ImageRequest, ServedBy } from '../provider.ts';
import { familyOf } from './families.ts';
import { callForImages, type Ask, type ImageAccess, type Made } from './image-call.ts';
import { checkSentImages } from './sent-images.ts';
import { imageBytes, type ImageItem } from './image-item.ts';
import { isStreamed } from './request-fields.ts';

/** Some of the images that are asked for, by their places. */
type Range = { first: number; count: number };

/**
 * Makes `request.n` images. A model that makes one at a time is asked several times at once; when some of these
 * fail, the images that were made still count and `made` says how many.
 * @throws AppError `upstream_*` when none was made; before anything is sent `invalid`, `image_too_large` and
 *   `mask_too_large` for images that the model does not take; when aborted `call.signal.reason`
 */
export async function makeImages(
  access: ImageAccess,
  server: ServedBy,
  request: ImageRequest,
  call: ImageCall,
): Promise<ImageOutcome> {
  const family = familyOf(server.model);
  checkSentImages(request, family);
  const ask = { access, server, family, request, call: { ...call, onSent: onlyOnce(call.onSent) } };
  const range = { first: 0, count: Math.max(1, request.n ?? 1) };
  try {
    return { ...server, made: await makeRange(ask, range) };
  } catch (error) {
    call.signal.throwIfAborted();
    throw error;
  }
}

async function makeRange(ask: Ask, range: Range): Promise<number> {
  const perCall = maxPerCall(ask);
  if (range.count > perCall) return sumOf(split(range, perCall).map((part) => makeRange(ask, part)));
  const made = await askFor(ask, range);
  // The server has just refused a number of images: each is asked for by itself.
  return made === undefined ? makeRange(ask, range) : deliver(ask, range, made);
}

function maxPerCall(ask: Ask): number {
  const lessons = ask.access.lessons.of(ask.server);
  return lessons.has('n') || isStreamed(ask, lessons) ? 1 : ask.family.maxCount;
}

function split({ first, count }: Range, perCall: number): Range[] {
  return Array.from({ length: Math.ceil(count / perCall) }, (_, at) => ({
    first: first + at * perCall,
    count: Math.min(perCall, count - at * perCall),
  }));
}

async function askFor(ask: Ask, { first, count }: Range): Promise<Made | undefined> {
  const { access, request, call } = ask;
  const started = performance.now();
  const fields = loggedFields(ask);
  const waiting = { signal: call.signal, onWaiting: call.onWaiting };
  const tokens = estimateTokens(request.prompt.length) * count;
  const made = await withRetries({ ...access, ...waiting, fields }, async () => {
    await access.admission.admit({ ...waiting, tokens, isBackground: request.isBackground });
    await call.onSent?.();
    access.log.info('request sent to the model server', { ...fields, n: count });
    return callForImages(ask, { count, onPartial: (bytes) => call.onPartial?.({ index: first, bytes }) });
  });
  const ms = Math.round(performance.now() - started);
  access.log.info('answer received', { ...fields, ms, images: made?.items.length ?? 0 });
  return made;
}

/** More images than asked for are left alone; one that cannot be read does not take the others along. */
function deliver(ask: Ask, { first, count }: Range, { items, isOpaque }: Made): Promise<number> {
  const { access, call } = ask;
  if (items.length === 0) {
    access.log.warn('no image in the answer', loggedFields(ask));
    // What a filter refuses, several servers (xAI among them) answer with 200 and an empty list.
    return Promise.reject(new AppError('upstream_filtered'));
  }
  const limitMs = access.idleSeconds * 1000;
  const options = { ...access, limitMs, fields: loggedFields(ask), signal: call.signal };
  const works = items.slice(0, count).map(async (item, at) => {
    const bytes = await imageBytes(item, options);
    await call.onImage({ index: first + at, bytes, revisedPrompt: revisedPrompt(item), isOpaque });
    return 1;
  });
  return sumOf(works);
}

/** How many were made; fails when none was, and for what went wrong on our side (a full disk) in any case. */
async function sumOf(works: readonly Promise<number>[]): Promise<number> {
  const results = await Promise.allSettled(works);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const ours = failures.filter((error) => !isUpstream(error));
  if (ours.length > 0) throw ours[0];
  const made = results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
  if (made === 0) throw failures[0];
  return made;
}

const loggedFields = ({ server, request }: Ask) => ({
  provider: server.providerId,
  model: server.model,
  kind: 'image',
  request_id: request.requestId,
});

function onlyOnce(step: (() => void | Promise<void>) | undefined): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= Promise.resolve(step?.()));
}

function revisedPrompt(item: ImageItem): string | undefined {
  const value = (item as { revised_prompt?: unknown } | null)?.revised_prompt;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isUpstream(error: unknown): boolean {
  return isAppError(error) && (error.code.startsWith('upstream_') || error.code === 'outcome_unknown');
}
