import type { ContentPart } from '../../../provider/provider.ts';
import type { MessageRow } from '../../store.ts';

/** What a model is asked for. */
export const summaryInstructions =
  'Summarize the conversation that the user gives you, so that it can go on in a new one where only your summary is known. ' +
  'Keep what the person wants and why, decisions, facts, names, numbers, code and wording that are still needed, and what is ' +
  'open or comes next; leave out what was settled or given up. Write in the language of the conversation, in short paragraphs ' +
  'or lists. Do not answer anything in it, and write nothing but the summary.';

type Beside = { originSummary: string | null; parts: ReadonlyMap<string, readonly ContentPart[]> };

/** The messages as one text, with the text of what is attached, after the summary of what went before. */
export function transcriptOf(rows: readonly MessageRow[], { originSummary, parts }: Beside): string {
  const lines = rows.map((row) => {
    const attached = (parts.get(row.id) ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
    const who = row.role === 'user' ? 'Question' : 'Answer';
    return `${who}: ${[...attached, row.content].filter(Boolean).join('\n\n')}`;
  });
  const before = originSummary === null ? [] : [`Summary of what went before: ${originSummary}`];
  return [...before, ...lines].join('\n\n');
}
