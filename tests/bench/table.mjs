import { cpus, release, totalmem, type } from 'node:os';

const columns = ['row', 'what', 'bar', 'measured', 'direct or bare', 'raw pipe', 'ratio', 'holds'];

/** Rows as one Markdown table, which a terminal shows well enough too; notes below it. */
export function tableOf(rows) {
  const cells = rows.map((row) => [
    row.row,
    row.what,
    row.bar,
    row.measured,
    row.direct ?? '',
    row.pipe ?? '',
    ratioText(row.ratio),
    verdict(row.holds),
  ]);
  return [markdownTable(columns, cells), ...notesOf(rows)].join('\n');
}

/** A Markdown table whose columns are as wide as what stands in them. */
export function markdownTable(names, cells) {
  const lines = cells.map((line) => line.map(String));
  const widths = names.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i].length)));
  const line = (texts) => `| ${texts.map((text, i) => text.padEnd(widths[i])).join(' | ')} |`;
  return [line(names), line(widths.map((width) => '-'.repeat(width))), ...lines.map(line)].join('\n');
}

export const ratioText = (ratio) => (Number.isFinite(ratio) ? ratio.toFixed(2) : '');
export const verdict = (holds) => (holds === undefined ? '–' : holds ? 'yes' : '**no**');

/** What is to be known about single rows, each said once, as lines to stand below a table. */
export const notesOf = (rows) =>
  [...new Set(rows.flatMap(({ row, note }) => (note ? [`Row ${row}: ${note}`] : [])))].flatMap((note) => [
    '',
    note,
  ]);

/** Where and when was measured. */
export function machineLine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  return `${cpus().length} cores (${model.trim()}), ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}, ${day}`;
}

/** The page `docs/benchmarks.md`. */
export function pageOf(rows, rest) {
  return `# Benchmarks

Measured with \`npm run bench -- --write\` on ${machineLine()}.

${tableOf(rows)}

${rest}`;
}
