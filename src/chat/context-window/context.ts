import type { ChatTurn, ContentPart, TurnMemory } from '../../provider/provider.ts';
import type { SizedRow } from './store.ts';

const continueInstruction =
  'Continue exactly where your last answer ends. Do not repeat anything and do not comment on the break.';

/** The messages of a branch that a model is sent: no images, and no questions without an answer but the last one. */
export function messagesInForce(branch: readonly SizedRow[]): SizedRow[] {
  return branch.filter((row, at) => {
    const isBlank = row.content.trim() === '' && row.attachment_tokens === 0;
    if (row.kind === 'image' || isBlank) return false;
    const isLastQuestion = at === branch.length - 1;
    return row.role !== 'user' || isLastQuestion || Boolean(branch[at + 1]?.content.trim());
  });
}

/** What belongs to messages beside their text, by id: what a model thought, and what is attached. */
type Beside = {
  recall?: (id: string) => Promise<TurnMemory>;
  parts?: ReadonlyMap<string, readonly ContentPart[]>;
};

/**
 * The turns that the model server gets: the system prompt, then the branch up to the question, as far as it is in force. When `soFar` has text, the model is asked to go on from it. No turn is
 * blank, and no two of one side follow each other: some servers refuse both, and would refuse every turn after it too.
 */
export function buildTurns(
  systemPrompt: string | null,
  branch: readonly SizedRow[],
  soFar: string,
  { recall, parts }: Beside = {},
): ChatTurn[] {
  const turns: ChatTurn[] = [];
  const add = (role: ChatTurn['role'], text: string, id?: string) => {
    const beside = parts?.get(id ?? '') ?? [];
    if (text.trim() === '' && beside.length === 0) return;
    const content = withParts(text, beside);
    // The cut of a long branch may fall between a question and its answer.
    if (role === 'assistant' && !turns.some((turn) => turn.role === 'user')) return;
    const last = turns.at(-1);
    if (last?.role === role) last.content = joined(last.content, content);
    else if (role === 'assistant' && id && recall) turns.push({ role, content, recall: () => recall(id) });
    else turns.push({ role, content });
  };
  add('system', systemPrompt ?? '');
  for (const row of messagesInForce(branch)) add(row.role, row.content, row.id);
  if (soFar) {
    add('assistant', soFar);
    add('user', continueInstruction);
  }
  return turns;
}

/**
 * Files come before the question about them, which may have no words: some servers refuse an empty part. Without an image
 * it is one text, which every server takes.
 */
function withParts(text: string, parts: readonly ContentPart[]): ChatTurn['content'] {
  const all: ContentPart[] = text.trim() === '' ? [...parts] : [...parts, { type: 'text', text }];
  return all.every((part) => part.type === 'text') ? all.map((part) => part.text).join('\n\n') : all;
}

function joined(one: ChatTurn['content'], other: ChatTurn['content']): ChatTurn['content'] {
  if (typeof one === 'string' && typeof other === 'string') return `${one}\n\n${other}`;
  return [...partsOf(one), ...partsOf(other)];
}

const partsOf = (content: ChatTurn['content']): readonly ContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
