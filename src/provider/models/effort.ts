import type { Effort, Model } from '../provider.ts';
import type { KnownLessons } from '../chat/protocol.ts';
import { isResponsesName, isThinkingName } from './openai-names.ts';

/** As OpenAI names them, from little to much; other servers have taken the names over. */
export const effortLevels = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type EffortLevel = (typeof effortLevels)[number];

/** All models that think take these three, but for the `-pro` models. */
export const commonLevels: readonly EffortLevel[] = ['low', 'medium', 'high'];

/** In the order of preference. Not thinking at all is taken only where the server says that it can be had. */
const wanted: Record<Effort, readonly EffortLevel[]> = {
  fast: ['none', 'low', 'minimal'],
  balanced: ['medium'],
  thorough: ['high', 'xhigh', 'max'],
};

/** Which levels a model takes: as its server lists them, else by its name; none where it is not known to think. */
export function levelsOf(name: string, model: Model | undefined): readonly EffortLevel[] {
  if (model?.effortLevels) return model.effortLevels;
  return isThinkingName(name) && !isResponsesName(name) ? commonLevels : [];
}

/** What to send for a choice of a person; undefined where the model takes no such thing. */
export const levelFor = (
  effort: Effort | undefined,
  levels: readonly EffortLevel[],
): EffortLevel | undefined => effort && wanted[effort].find((level) => levels.includes(level));

/** A choice can be offered: there are levels, and the server has not refused them. */
export const takesEffort = (levels: readonly EffortLevel[], lessons: KnownLessons): boolean =>
  levels.length > 1 && !lessons.has('reasoning_effort') && !lessons.has('reasoning.effort');
