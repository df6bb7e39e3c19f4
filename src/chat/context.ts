import type { ChatTurn } from '../provider/provider.ts';
import type { MessageRow } from './store.ts';

const continueInstruction =
  'Continue exactly where your last answer ends. Do not repeat anything and do not comment on the break.';

/**
 * The turns that the model server gets: the system prompt, then the branch up to the question. Images and answers
 * without text are left out, with their questions. When `soFar` has text, the model is asked to go on from it.
 */
export function buildTurns(
  systemPrompt: string | null,
  branch: readonly MessageRow[],
  soFar: string,
): ChatTurn[] {
  const turns: ChatTurn[] = [];
  if (systemPrompt) turns.push({ role: 'system', content: systemPrompt });
  for (const [i, row] of branch.entries()) {
    if (row.kind === 'image') continue;
    const isLastQuestion = i === branch.length - 1;
    if (row.role === 'user' && !isLastQuestion && !branch[i + 1]?.content) continue;
    if (row.content) turns.push({ role: row.role, content: row.content });
  }
  if (soFar)
    turns.push({ role: 'assistant', content: soFar }, { role: 'user', content: continueInstruction });
  return turns;
}
