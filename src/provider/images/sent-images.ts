import { AppError, invalid } from '../../lib/errors.ts';
import type { ImageRequest, SentImage } from '../provider.ts';
import type { Family } from './families.ts';

const MEGABYTE = 1_000_000;
/** The limits of OpenAI's endpoint for edits, in megabytes. */
const MAX_IMAGE_MEGABYTES = 50;
const MAX_MASK_MEGABYTES = 4;

/**
 * Checks the images that go to the model server, before anything is sent.
 * @throws AppError `invalid` when the model does not take them, `image_too_large`, `mask_too_large`
 */
export function checkSentImages(request: ImageRequest, { edits }: Family): void {
  const { references = [], mask, markup } = request;
  if (references.length === 0) {
    if (mask || markup) throw invalid('references', 'required');
    return;
  }
  if (!edits) throw invalid('references', 'no_references');
  if (references.length > edits.maxReferences)
    throw invalid('references', 'count_range', { min: 1, max: edits.maxReferences });
  if (mask && !edits.takesMask) throw invalid('mask', 'no_mask');
  if (markup && (!edits.takesMarkup || mask)) throw invalid('markup', 'no_markup');
  for (const image of [...references, markup]) requireAtMost(image, MAX_IMAGE_MEGABYTES, 'image_too_large');
  requireAtMost(mask, MAX_MASK_MEGABYTES, 'mask_too_large');
}

function requireAtMost(
  image: SentImage | undefined,
  max: number,
  code: 'image_too_large' | 'mask_too_large',
): void {
  if (image && image.bytes > max * MEGABYTE) throw new AppError(code, { params: { max } });
}
