import { isDeadline, withDeadline } from '../../lib/deadline.ts';
import { AppError, isAppError } from '../../lib/errors.ts';
import type { Config } from '../../platform/config.ts';
import type { ServerAccess } from '../chat/stream.ts';
import { faultFromNetwork, type Fault } from '../faults.ts';
import { lessonFrom } from '../lessons/refusals.ts';
import { metered } from '../metering.ts';
import type { ImageCall, ImageRequest, ServedBy } from '../provider.ts';
import { redact } from '../redact.ts';
import type { Attempt } from '../retry.ts';
import { estimateTokens } from '../tokens.ts';
import type { Family } from './families.ts';
import type { Lookup } from './fetch-image.ts';
import type { ImageAnswer } from './image-answer.ts';
import type { ImageItem } from './image-item.ts';
import { readAnswer } from './read-answer.ts';
import { imageRequest } from './request-body.ts';
import { imageFields, optionalImageFields, type SentFields } from './request-fields.ts';

export type ImageAccess = ServerAccess & {
  lookup: Lookup | undefined;
  defaults: Pick<Config['provider'], 'imageSize' | 'imageQuality'>;
};

export type Ask = {
  access: ImageAccess;
  server: ServedBy;
  family: Family;
  request: ImageRequest;
  call: ImageCall;
};

export type Made = {
  items: readonly ImageItem[];
  /** A transparent background was wanted, which the server has refused. */
  isOpaque: boolean;
};

export type Wanted = {
  count: number;
  /** Called with each stage of an image, where they are asked for. */
  onPartial(bytes: Buffer): void;
};

/** An image takes longer than the next piece of a text: six times the idle limit (the contract's settings table). */
const IMAGE_LIMIT_FACTOR = 6;
/** Ten images of a common size as base64, and one of the largest; more is no answer to what was asked. */
const MAX_ANSWER_BYTES = 160 * 1024 * 1024;
const MAX_ANSWER_BYTES_OF_ONE = 64 * 1024 * 1024;

/**
 * Asks once for `wanted.count` images, and again without what the server refuses, each optional field once; that is remembered
 * for the calls to come. The value is undefined when it was the number of images that was refused.
 * @throws AppError `upstream_timeout`; when aborted `call.signal.reason`
 */
export async function callForImages(ask: Ask, wanted: Wanted): Promise<Attempt<Made | undefined>> {
  const { access, server, request } = ask;
  for (;;) {
    const known = access.lessons.of(server);
    const sent = imageFields(ask, wanted.count, known);
    const result = await meteredCall(ask, wanted, sent);
    if ('value' in result) {
      const isOpaque = request.background === 'transparent' && sent.background !== 'transparent';
      return { value: { items: result.value.items, isOpaque } };
    }
    const lesson = lessonFrom(result.fault, { optional: optionalImageFields, sent, known });
    if (!lesson) return result;
    access.lessons.learn(server, { ...lesson, words: redact(lesson.words, access.apiKey) });
    if (lesson.field === 'n') return { value: undefined };
  }
}

function meteredCall(ask: Ask, wanted: Wanted, sent: SentFields): Promise<Attempt<ImageAnswer>> {
  const { count } = wanted;
  const promptTokens = estimateTokens(ask.request.prompt.length) * count;
  const attempt = { ...ask.server, promptTokens, images: count };
  let answer: ImageAnswer | undefined;
  // What comes beyond the number that was asked for is not paid for.
  const received = () => ({
    images: answer && Math.min(count, answer.items.length),
    usage: answer?.usage,
  });
  return metered({ call: ask.call, attempt, received }, async () => {
    const result = await exchange(ask, wanted, sent);
    if ('value' in result) answer = result.value;
    return result;
  });
}

async function exchange(
  ask: Ask,
  { count, onPartial }: Wanted,
  sent: SentFields,
): Promise<Attempt<ImageAnswer>> {
  const { access, call, server } = ask;
  const limitMs = access.idleSeconds * 1000 * IMAGE_LIMIT_FACTOR;
  const context = { model: server.model, host: access.host, hasKey: access.apiKey !== undefined };
  const maxBytes = count === 1 ? MAX_ANSWER_BYTES_OF_ONE : MAX_ANSWER_BYTES;
  try {
    return await withDeadline(limitMs, call.signal, async (signal) => {
      try {
        const request = { ...imageRequest(ask, sent), method: 'POST' as const, signal, reuse: false };
        return await readAnswer(await access.transport.send(request), { context, maxBytes, onPartial });
      } catch (error) {
        // A connection that we closed ourselves breaks off with an error of its own.
        signal.throwIfAborted();
        throw error;
      }
    });
  } catch (error) {
    call.signal.throwIfAborted();
    if (isDeadline(error)) throw new AppError('upstream_timeout', { cause: error });
    return { fault: isAppError(error) ? ownFault(error) : faultFromNetwork(error, context) };
  }
}

/** What we found wrong with an answer that was made, and charged: it is not asked for again by itself. */
function ownFault(error: AppError): Fault {
  return { error, retry: false, waitSeconds: undefined, isSent: true, status: undefined, raw: '' };
}
