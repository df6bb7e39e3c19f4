import OpenAI from 'openai';
import { isDeadline, withDeadline } from '../../lib/deadline.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Config } from '../../platform/config.ts';
import { metered } from '../metering.ts';
import { familyOf, type Family } from './families.ts';
import type { Lookup } from './fetch-image.ts';
import { takenSize } from './free-size.ts';
import { withoutServerArguments } from './prompt.ts';
import { faultFromThrown, type Thrown } from './faults.ts';
import { imageBytes, type ImageItem } from './image-item.ts';
import type { ImageCall, ImageOutcome, ImageRequest, ServedBy } from '../provider.ts';
import { withRetries, type Attempt } from '../retry.ts';
import { createSdkFetch } from './sdk-fetch.ts';
import type { ServerAccess } from '../chat/stream.ts';
import { estimateTokens } from '../tokens.ts';

export type ImageAccess = ServerAccess & {
  lookup: Lookup | undefined;
  defaults: Pick<Config['provider'], 'imageSize' | 'imageQuality'>;
};

/** An image takes longer than the next piece of a text: six times the idle limit (the contract's settings table). */
const IMAGE_LIMIT_FACTOR = 6;

type Ask = { access: ImageAccess; server: ServedBy; family: Family; request: ImageRequest; call: ImageCall };
type Asked = { n: number; firstIndex: number };

/**
 * Makes `request.n` images. A family that makes one at a time is asked several times at once; when some of these
 * fail, the images that were made still count and `made` says how many.
 * @throws AppError `upstream_*` when none was made; when aborted `call.signal.reason`
 */
export async function makeImages(
  access: ImageAccess,
  server: ServedBy,
  request: ImageRequest,
  call: ImageCall,
): Promise<ImageOutcome> {
  const family = familyOf(server.model);
  const count = Math.max(1, request.n ?? 1);
  const ask = { access, server, family, request, call: { ...call, onSent: onlyOnce(call.onSent) } };
  const perAsk = Math.min(count, family.maxCount);
  const asks = Array.from({ length: Math.ceil(count / perAsk) }, (_, i) => ({
    n: Math.min(perAsk, count - i * perAsk),
    firstIndex: i * perAsk,
  }));
  const results = await Promise.allSettled(asks.map((asked) => askOnce(ask, asked)));
  call.signal.throwIfAborted();
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const made = results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
  // What went wrong on our side (a full disk) is never hidden behind the images that could be kept.
  const ours = failures.filter((error) => !isUpstream(error));
  if (ours.length > 0) throw ours[0];
  if (made === 0) throw failures[0];
  return { ...server, made };
}

async function askOnce(ask: Ask, { n, firstIndex }: Asked): Promise<number> {
  const { access, server, request, call } = ask;
  const { log } = access;
  const started = performance.now();
  const { providerId: provider, model } = server;
  const fields = { provider, model, kind: 'image', request_id: request.requestId };
  const tokens = estimateTokens(request.prompt.length) * n;
  const waiting = { signal: call.signal, onWaiting: call.onWaiting };
  const items = await withRetries({ ...access, ...waiting, fields }, async () => {
    await access.admission.admit({ ...waiting, tokens, isBackground: request.isBackground });
    await call.onSent?.();
    log.info('request sent to the model server', { ...fields, n });
    return generate(ask, n);
  });
  log.info('answer received', {
    ...fields,
    ms: Math.round(performance.now() - started),
    images: items.length,
  });
  if (items.length === 0) {
    log.warn('no image in the answer', fields);
    // What a filter refuses, several servers (xAI among them) answer with 200 and an empty list.
    throw new AppError('upstream_filtered');
  }
  const deliver = async (item: ImageItem, at: number) => {
    const bytes = await imageBytes(item, {
      ...access,
      limitMs: access.idleSeconds * 1000,
      fields,
      signal: call.signal,
    });
    await call.onImage({ index: firstIndex + at, bytes, revisedPrompt: revisedPrompt(item) });
  };
  // More images than asked for are left alone; one that cannot be read does not take the others along.
  const results = await Promise.allSettled(items.slice(0, n).map(deliver));
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const ours = failures.filter((error) => !isUpstream(error));
  if (ours.length > 0) throw ours[0];
  if (failures.length === results.length) throw failures[0];
  return results.length - failures.length;
}

async function generate(ask: Ask, n: number): Promise<Attempt<ImageItem[]>> {
  const first = await send(ask, n, ask.family.takesResponseFormat);
  const isRefused = 'fault' in first && first.fault.status === 400 && /response_format/.test(first.fault.raw);
  return isRefused && ask.family.takesResponseFormat ? send(ask, n, false) : first;
}

async function send(ask: Ask, n: number, asksForBytes: boolean): Promise<Attempt<ImageItem[]>> {
  const attempt = {
    ...ask.server,
    promptTokens: estimateTokens(ask.request.prompt.length) * n,
    images: n,
  };
  let made: number | undefined;
  return metered({ call: ask.call, attempt, received: () => ({ images: made }) }, async () => {
    const result = await exchange(ask, n, asksForBytes);
    // What comes beyond that is not paid for.
    if ('value' in result) made = Math.min(n, result.value.length);
    return result;
  });
}

async function exchange(ask: Ask, n: number, asksForBytes: boolean): Promise<Attempt<ImageItem[]>> {
  const { access, call } = ask;
  const { model } = ask.server;
  const limitMs = access.idleSeconds * 1000 * IMAGE_LIMIT_FACTOR;
  const context = { model, host: access.host, hasKey: access.apiKey !== undefined };
  try {
    const answer: unknown = await withDeadline(limitMs, call.signal, (signal) =>
      createClient(access)
        // Ours fires first; the SDK's own would be 10 minutes.
        .images.generate(imageParams(ask, n, asksForBytes), { signal, timeout: limitMs + 1000 })
        .catch((error: unknown) => {
          throw isDeadline(signal.reason) ? signal.reason : error;
        }),
    );
    const data =
      typeof answer === 'object' && answer !== null ? (answer as { data?: unknown }).data : undefined;
    if (!Array.isArray(data)) throw new AppError('upstream_bad_answer', { params: { host: access.host } });
    return { value: data as ImageItem[] };
  } catch (error) {
    call.signal.throwIfAborted();
    if (isDeadline(error)) throw new AppError('upstream_timeout', { cause: error });
    return { fault: faultFromThrown(thrownBy(error), context) };
  }
}

function createClient(access: ImageAccess): OpenAI {
  return new OpenAI({
    baseURL: access.baseUrl,
    // The SDK insists on a key; a server without one gets no header at all.
    apiKey: access.apiKey ?? 'none',
    ...(access.apiKey === undefined ? { defaultHeaders: { authorization: null } } : {}),
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: createSdkFetch(access.transport),
  });
}

/** Each parameter only when the family takes it; `auto` is what the server does anyway. */
function imageParams({ access, server, family, request }: Ask, n: number, asksForBytes: boolean) {
  const pick = (offered: readonly string[], ...wanted: (string | undefined)[]) =>
    wanted.find((value) => value !== undefined && value !== 'auto' && offered.includes(value));
  const { size } = request;
  const parameters = {
    size:
      size === 'auto'
        ? undefined
        : (takenSize(family, size ?? '') ?? pick(family.sizes, access.defaults.imageSize)),
    quality:
      request.quality === 'auto'
        ? undefined
        : pick(family.qualities, request.quality, access.defaults.imageQuality),
    background: pick(family.backgrounds, request.background),
    output_format: pick(family.formats, request.format),
    output_compression: isCompressed(family, request) ? request.compression : undefined,
    moderation: pick(family.moderations, request.moderation),
    response_format: asksForBytes ? 'b64_json' : undefined,
    n: family.maxCount > 1 ? n : undefined,
  };
  return {
    model: server.model,
    prompt: withoutServerArguments(request.prompt),
    ...parameters,
  } as OpenAI.ImageGenerateParamsNonStreaming;
}

const isCompressed = (family: Family, { format = '' }: ImageRequest) =>
  family.takesCompression && ['jpeg', 'webp'].includes(format);

function thrownBy(error: unknown): Thrown {
  const cause = error instanceof OpenAI.APIConnectionError ? error.cause : error;
  if (!(error instanceof OpenAI.APIError) || error.status === undefined)
    return { error, cause, answer: undefined };
  const body = error.error === undefined ? error.message : JSON.stringify({ error: error.error as unknown });
  const headers = error.headers as Headers | undefined;
  return { error, cause, answer: { status: error.status as number, headers, body } };
}

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
