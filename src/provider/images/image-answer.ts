import type { FaultContext } from '../faults.ts';
import { fieldsOf } from '../json.ts';
import type { Usage } from '../provider.ts';
import type { ImageItem } from './image-item.ts';

/** What a server made, as it came. */
export type ImageAnswer = { items: readonly ImageItem[]; usage: Usage | undefined };

/** How an answer is read. */
export type Reading = {
  context: FaultContext;
  maxBytes: number;
  /** Called with each stage of an image. */
  onPartial(bytes: Buffer): void;
};

/** The tokens that the GPT Image models report. */
export function usageIn(answer: unknown): Usage | undefined {
  const { input_tokens: input, output_tokens: output } = fieldsOf(fieldsOf(answer)['usage']);
  if (typeof input !== 'number' || typeof output !== 'number') return undefined;
  return { promptTokens: input, completionTokens: output, estimated: false };
}
