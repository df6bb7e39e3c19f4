import { markdownTable, notesOf, ratioText, verdict } from './table.mjs';

const columns = ['row', 'what', 'bar', 'before', 'after', 'after / before', 'is', 'holds'];
/** Runs on this kind of machine differ by so much without any change. */
const NOISE = 0.15;

/**
 * The same rows of two checkouts as one table. Of several runs the one with the median of each line's number counts.
 * `runs` holds all lines of all runs: `{ before, after }`.
 */
export function comparisonOf(runs) {
  const before = medians(runs.before);
  const after = medians(runs.after);
  const keys = [...new Set([...after.keys(), ...before.keys()])];
  const cells = keys.map((key) => cellsOf(before.get(key), after.get(key)));
  return [markdownTable(columns, cells), ...notesOf([...after.values()])].join('\n');
}

function medians(lines) {
  const groups = new Map();
  for (const line of lines) {
    const key = `${line.row} ${line.what}`;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return new Map([...groups].map(([key, group]) => [key, median(group)]));
}

function median(lines) {
  const sorted = lines.toSorted((one, other) => (one.value ?? Infinity) - (other.value ?? Infinity));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function cellsOf(before, after) {
  const line = after ?? before;
  const ratio = after?.value / before?.value;
  return [
    line.row,
    line.what,
    line.bar,
    before?.measured ?? '–',
    after?.measured ?? '–',
    ratioText(ratio),
    change(ratio, line.more),
    verdict(after?.holds),
  ];
}

function change(ratio, isMoreBetter = false) {
  if (!Number.isFinite(ratio)) return '';
  if (Math.abs(ratio - 1) <= NOISE) return 'same';
  return ratio > 1 === isMoreBetter ? 'better' : '**worse**';
}
