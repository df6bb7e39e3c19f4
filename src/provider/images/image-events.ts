import { AppError } from '../../lib/errors.ts';
import { createEventStream } from '../chat/event-stream.ts';
import { errorInAnswer } from '../faults.ts';
import { fieldsOf, isFields, jsonIn, stringIn } from '../json.ts';
import type { Attempt } from '../retry.ts';
import { usageIn, type ImageAnswer, type Reading } from './image-answer.ts';
import { decodeImage } from './image-item.ts';

/**
 * Reads a stream in which one image comes: stages of it (`image_generation.partial_image`, `image_edit.partial_image`), and
 * the finished one (`….completed`), after which stages that are late do not matter.
 * @throws AppError `upstream_too_large`, `outcome_unknown` when it ends without the image; the system's error when it breaks off
 */
export async function readEvents(
  parts: AsyncIterable<Buffer>,
  reading: Reading,
): Promise<Attempt<ImageAnswer>> {
  const image = createImageReader(reading);
  const events = createEventStream(image.take, reading.maxBytes);
  const decoder = new TextDecoder();
  for await (const part of parts) {
    events.feed(decoder.decode(part, { stream: true }));
    const result = image.result();
    if (result) return result;
  }
  events.end();
  return image.result() ?? Promise.reject(new AppError('outcome_unknown'));
}

function createImageReader({ context, onPartial }: Reading) {
  let result: Attempt<ImageAnswer> | undefined;
  let hasBegun = false;
  return {
    result: () => result,
    take(data: string, name: string): void {
      const event = fieldsOf(jsonIn(data));
      const kind = stringIn(event['type']) || name;
      if (result) return;
      if (kind.endsWith('.completed')) result = { value: { items: [event], usage: usageIn(event) } };
      else if (kind.endsWith('.partial_image')) {
        hasBegun = true;
        tellPartial(event['b64_json'], onPartial);
      } else if (kind === 'error' || isFields(event['error'])) {
        const fault = errorInAnswer(event['error'] ?? event, context);
        // Work that has begun may be charged: it is not asked for again by itself.
        result = { fault: { ...fault, retry: fault.retry && !hasBegun } };
      }
    },
  };
}

/** A stage that cannot be read is passed over: the finished image counts. */
function tellPartial(base64: unknown, onPartial: (bytes: Buffer) => void): void {
  let bytes: Buffer;
  try {
    bytes = decodeImage(base64);
  } catch {
    return;
  }
  onPartial(bytes);
}
