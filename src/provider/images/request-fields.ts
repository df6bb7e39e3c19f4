import type { Lesson } from '../lessons/lessons.ts';
import type { OptionalFields } from '../lessons/refusals.ts';
import type { ImageRequest } from '../provider.ts';
import type { Family } from './families.ts';
import { takenSize } from './free-size.ts';

/** What is sent beyond model and prompt; undefined: not at all. */
export type SentFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Fields of an image call without which an image can still be made. A refused size is told to the person instead. */
export const optionalImageFields: OptionalFields = new Map(
  [
    'background',
    'quality',
    'output_format',
    'output_compression',
    'moderation',
    'input_fidelity',
    'response_format',
    'n',
    // Refused to organizations that OpenAI has not verified.
    'stream',
    'partial_images',
  ].map((field) => [field, undefined]),
);

type Wanted = {
  family: Family;
  request: ImageRequest;
  access: { defaults: { imageSize: string; imageQuality: string } };
};

/** Each field only when the family takes it and the server has not refused it; `auto` is what the server does anyway. */
export function imageFields(
  { family, request, access }: Wanted,
  count: number,
  lessons: ReadonlyMap<string, Lesson>,
): SentFields {
  const { imageSize, imageQuality } = access.defaults;
  const format = pick(family.formats, request.format);
  const isCompressed = family.takesCompression && (format === 'jpeg' || format === 'webp');
  const isEdit = hasReferences(request);
  const fields = {
    size: sizeOf(family, request.size, imageSize),
    quality: request.quality === 'auto' ? undefined : pick(family.qualities, request.quality, imageQuality),
    background: pick(family.backgrounds, request.background),
    output_format: format,
    output_compression: isCompressed ? request.compression : undefined,
    moderation: isEdit ? undefined : pick(family.moderations, request.moderation),
    input_fidelity: isEdit ? pick(family.edits?.inputFidelities ?? [], request.inputFidelity) : undefined,
    response_format: family.takesResponseFormat ? 'b64_json' : undefined,
    n: count > 1 ? count : undefined,
  };
  const streamed = { ...fields, ...(isStreamed({ family, request }, lessons) ? streaming(request) : {}) };
  return Object.fromEntries(Object.entries(streamed).filter(([field]) => !lessons.has(field)));
}

const streaming = ({ partials }: ImageRequest) => ({ stream: true, partial_images: partials });

/** Whether stages of the image are asked for. Their events do not say of which image they are: one is asked for each time. */
export function isStreamed(
  { family, request }: Pick<Wanted, 'family' | 'request'>,
  lessons: ReadonlyMap<string, Lesson>,
): boolean {
  const isTaken = family.streamsPartials && !lessons.has('stream') && !lessons.has('partial_images');
  return isTaken && (request.partials ?? 0) > 0;
}

/** An edit, and no new image. */
export const hasReferences = ({ references = [] }: ImageRequest) => references.length > 0;

/** The first of the wanted values that the family offers. */
const pick = (offered: readonly string[], ...wanted: (string | undefined)[]) =>
  wanted.find((value) => value !== undefined && value !== 'auto' && offered.includes(value));

function sizeOf(family: Family, size: string | undefined, fallback: string): string | undefined {
  if (size === 'auto') return undefined;
  return takenSize(family, size ?? '') ?? pick(family.sizes, fallback);
}
