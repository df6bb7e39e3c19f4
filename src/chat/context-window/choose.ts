import { AppError } from '../../lib/errors.ts';
import type { ContextLength } from '../../provider/models/context-length.ts';
import { messagesInForce } from './context.ts';
import type { SizedRow } from './store.ts';
import type { Measure } from './measure.ts';

/** What was sent for an answer; all sizes in tokens. Stored as JSON, so that no name may change its meaning. */
export type ReplyContext = {
  /** The oldest message that was sent, and how many there were. */
  first: string;
  count: number;
  /** Older messages of the branch were not sent. */
  isCut: boolean;
  /** Messages between the first and the last that were not sent: images, and questions without an answer. */
  leftOut: string[];
  instructions: { hash: string; excerpt: string } | null;
  tokens: { instructions: number; messages: number; attachments: number; question: number };
  length: ContextLength;
  model: string;
  isCounted: boolean;
};

type Input = {
  instructions: string;
  /** The branch up to the question, oldest first, or its end. */
  branch: readonly SizedRow[];
  /** The branch begins before. */
  hasEarlier: boolean;
  /** What is there of the answer already. */
  soFar: string;
  length: ContextLength;
  model: string;
};
export type Chosen = { rows: SizedRow[]; isCut: boolean; tokens: ReplyContext['tokens'] };

/**
 * Chooses from the newest message backwards what fits into the context of the model beside the instructions and the room
 * for the answer. A question and its answer are sent together or not at all; the last question always is.
 * @throws AppError `question_too_long` when it alone does not fit
 */
export async function chooseMessages(input: Input, measure: Measure): Promise<Chosen> {
  const { instructions, branch, hasEarlier, soFar, length, model } = input;
  const limit = length.tokens - length.reserved;
  const [question = [], ...earlier] = exchangesOf(messagesInForce(branch));
  const fixed = await measure.tokensOf(instructions);
  const asked = (await measure.sizeOf(question)) + (await measure.tokensOf(soFar));
  if (length.isKnown && fixed + asked > limit)
    throw new AppError('question_too_long', { params: { tokens: fixed + asked, limit, model } });
  const taken: SizedRow[][] = [];
  let messages = 0;
  for (const exchange of earlier) {
    const tokens = await measure.sizeOf(exchange);
    if (fixed + asked + messages + tokens > limit * measure.share) break;
    messages += tokens;
    taken.push(exchange);
  }
  const rows = [...taken.reverse().flat(), ...question];
  const attachments = rows.reduce((sum, row) => sum + row.attachment_tokens, 0);
  const attachedToQuestion = question.reduce((sum, row) => sum + row.attachment_tokens, 0);
  return {
    rows,
    isCut: hasEarlier || taken.length < earlier.length,
    tokens: {
      instructions: fixed,
      messages: messages - (attachments - attachedToQuestion),
      attachments,
      question: asked - attachedToQuestion,
    },
  };
}

/** Each question with what follows it, the newest first; an answer whose question is not there is left out. */
function exchangesOf(rows: readonly SizedRow[]): SizedRow[][] {
  const exchanges: SizedRow[][] = [];
  for (const row of rows) {
    if (row.role === 'user') exchanges.push([row]);
    else exchanges.at(-1)?.push(row);
  }
  return exchanges.reverse();
}
