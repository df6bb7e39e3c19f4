import type { IncomingMessage } from 'node:http';
import { AppError } from '../../lib/errors.ts';
import { errorInAnswer } from '../faults.ts';
import { fieldsOf, jsonIn } from '../json.ts';
import type { Attempt } from '../retry.ts';
import { readFault } from '../transport/read-fault.ts';
import { usageIn, type ImageAnswer, type Reading } from './image-answer.ts';
import { readEvents } from './image-events.ts';

/**
 * Reads the answer to an image call: JSON, or a stream of events, whichever was asked for.
 * @throws AppError `upstream_bad_answer`, `upstream_too_large`, `outcome_unknown` for a stream that ends without its image;
 *   the system's error when it breaks off
 */
export async function readAnswer(response: IncomingMessage, reading: Reading): Promise<Attempt<ImageAnswer>> {
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) return { fault: await readFault(response, reading.context) };
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false;
  return isStream ? readEvents(bounded(response, reading.maxBytes), reading) : readJson(response, reading);
}

async function readJson(response: IncomingMessage, reading: Reading): Promise<Attempt<ImageAnswer>> {
  const { context, maxBytes } = reading;
  const parts: Buffer[] = [];
  for await (const part of bounded(response, maxBytes)) parts.push(part);
  const answer = fieldsOf(jsonIn(Buffer.concat(parts).toString()));
  const { data, error } = answer;
  if (Array.isArray(data)) return { value: { items: data, usage: usageIn(answer) } };
  if (error !== undefined && error !== null) return { fault: errorInAnswer(error, context) };
  throw new AppError('upstream_bad_answer', { params: { host: context.host } });
}

/** The parts of a body, up to a limit. @throws AppError `upstream_too_large` */
async function* bounded(response: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new AppError('upstream_too_large');
    yield part;
  }
}
