import { beginningOf } from '../../lib/text.ts';
import type { Branch, OutlineEntry } from './outline.ts';

/** A question takes one line, which is cut where the column ends. */
const LINE_CHARACTERS = 64;
/** Clocks differ from each other by whole quarters of an hour: within one it is the same day everywhere. */
const QUARTER_MS = 15 * 60_000;

export type OutlineDay = {
  label: string;
  questions: { text: string; href: string; hasFile: boolean; hasVersions: boolean }[];
};

/**
 * The questions of a branch by day. `shown`: ids of the messages on the page, which a fragment alone leads to; `base`: the
 * query that opens a window around another one, up to its id.
 */
export function outlineView(
  branch: Branch,
  shown: ReadonlySet<string>,
  { base, day }: { base: string; day: Intl.DateTimeFormat },
): OutlineDay[] {
  const labelAt = createLabels(day);
  const days: OutlineDay[] = [];
  for (const [position, entry] of branch.entries()) {
    if (entry.role !== 'user') continue;
    const label = labelAt(entry.created_at);
    let current = days.at(-1);
    if (current?.label !== label) days.push((current = { label, questions: [] }));
    const { id } = entry;
    current.questions.push({
      text: beginningOf(entry.beginning, LINE_CHARACTERS),
      href: `${shown.has(id) ? '' : base + id}#message-${id}`,
      hasFile: entry.has_file === 1,
      hasVersions: isParting(entry, branch[position + 1]),
    });
  }
  return days;
}

/** Whether the conversation goes on in several ways here: other questions in this place, or other answers to it. */
const isParting = (question: OutlineEntry, next: OutlineEntry | undefined) =>
  question.versions > 1 || (next !== undefined && next.role === 'assistant' && next.versions > 1);

/** The day of an instant as text; formatting each of thousands of questions anew would take longer than all the rest. */
function createLabels(day: Intl.DateTimeFormat) {
  let [quarter, label] = [Number.NaN, ''];
  return (at: number): string => {
    const own = Math.floor(at / QUARTER_MS);
    if (own !== quarter) label = day.format(at);
    quarter = own;
    return label;
  };
}
