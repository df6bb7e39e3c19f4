import type { Fault } from '../faults.ts';
import type { Lesson } from '../lessons/lessons.ts';
import { wordsIn } from '../lessons/refusals.ts';
import type { ChatTurn, OpaqueItems, ServedBy } from '../provider.ts';
import type { KnownLessons, Protocol } from './protocol.ts';
import type { SentTurn } from './turns.ts';

/** Under these names stands what a server taught about thoughts of earlier turns: that it wants them, or that it does not. */
const ECHO = 'reasoning_content';
export const SEALED = 'input.reasoning';

type Asked = { server: ServedBy; request: { turns: readonly ChatTurn[] }; turns: readonly SentTurn[] };

/**
 * The turns with what their server needs of earlier thoughts: sealed ones go back to the server and model that sealed them,
 * and to nobody else; open ones only to a server that refused to go on without them (DeepSeek).
 */
export async function withMemories(
  { server, request, turns }: Asked,
  { protocol, known }: { protocol: Protocol; known: KnownLessons },
): Promise<readonly SentTurn[]> {
  const isSealed = protocol.name === 'responses' && !known.has(SEALED);
  const isEchoed = protocol.name === 'chat' && known.has(ECHO);
  if (!isSealed && !isEchoed) return turns;
  return Promise.all(
    turns.map(async (turn, at): Promise<SentTurn> => {
      const memory = await request.turns[at]?.recall?.();
      if (!memory) return turn;
      if (isEchoed) return { ...turn, thought: memory.thought };
      return memory.items && isOf(server, memory.items) ? { ...turn, items: memory.items.items } : turn;
    }),
  );
}

/** The day at the end of a name does not matter: it is the same model. */
const family = (model: string) => model.replace(/-\d{4}-\d{2}-\d{2}$/, '');
const isOf = (server: ServedBy, items: OpaqueItems) =>
  server.providerId !== null &&
  items.providerId === server.providerId &&
  family(items.model) === family(server.model);

/** That the server wants the thoughts of earlier turns, or cannot read those that were sent. */
export function memoryLesson(
  fault: Fault,
  turns: readonly SentTurn[],
  known: KnownLessons,
): Lesson | undefined {
  const { status, raw } = fault;
  if (status !== 400 && status !== 404 && status !== 422) return undefined;
  if (turns.some(({ items }) => items !== undefined))
    return /encrypted|reasoning.{0,40}item|\brs_/i.test(raw)
      ? { field: SEALED, instead: undefined, words: wordsIn(raw) }
      : undefined;
  const isWanted = !known.has(ECHO) && turns.some(({ role }) => role === 'assistant') && raw.includes(ECHO);
  return isWanted ? { field: ECHO, instead: 'messages', words: wordsIn(raw) } : undefined;
}
