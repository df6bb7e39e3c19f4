import { excerpt, withoutMarks } from '../../../lib/text.ts';

const MAX_QUESTIONS = 30;
const MAX_EXCERPT = 200;

/** A beginning to write on where no model has written a summary: the newest questions of a branch, one a line. */
export function questionsAsList(messages: readonly { role: string; content: string }[]): string {
  const questions = messages.filter(({ role, content }) => role === 'user' && content.trim() !== '');
  return questions
    .slice(-MAX_QUESTIONS)
    .map(({ content }) => `- ${excerpt(withoutMarks(content.slice(0, 4 * MAX_EXCERPT)), MAX_EXCERPT)}`)
    .join('\n');
}
