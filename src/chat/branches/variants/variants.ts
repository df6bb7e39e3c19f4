import type { Message } from '../../messages.ts';

/** How another answer to the same question is asked for; `model`: of another model. */
export const variantKinds = ['shorter', 'longer', 'thorough', 'model', 'hint'] as const;
export type VariantKind = (typeof variantKinds)[number];
export type Variant = { kind: VariantKind; hint?: string | undefined };

/** What the model is told in addition to the question. */
const instructions: Record<VariantKind, string> = {
  shorter: 'Answer more briefly than usual: only what matters most.',
  longer: 'Answer at greater length than usual, with more detail and examples.',
  thorough: 'Answer more thoroughly than usual: check each step, and say what is uncertain.',
  model: '',
  hint: '',
};

/** A variant out of what a form or a client gave; undefined for simply another answer. */
export function variantOf(
  kind: VariantKind | undefined,
  hint: string | undefined,
  model: string | undefined,
): Variant | undefined {
  if (kind === 'hint' || kind === undefined) return hint ? { kind: 'hint', hint } : variantOfModel(model);
  if (kind === 'model' && !hint) return variantOfModel(model);
  return { kind, hint };
}

const variantOfModel = (model: string | undefined): Variant | undefined =>
  model === undefined ? undefined : { kind: 'model' };

/** The branch above an answer as its model reads it: the question says how it is to be answered. The stored one does not. */
export function withInstruction<Row extends { content: string }>(
  branch: readonly Row[],
  { variant }: Message,
): Row[] {
  const question = branch.at(-1);
  const told = variant ? instructionOf(variant) : '';
  if (!question || told === '') return [...branch];
  return [
    ...branch.slice(0, -1),
    { ...question, content: [question.content, told].filter(Boolean).join('\n\n') },
  ];
}

function instructionOf({ kind, hint }: Variant): string {
  const wish = hint ? `Take this into account in your answer: ${hint}` : '';
  return [instructions[kind], wish].filter((part) => part !== '').join(' ');
}
