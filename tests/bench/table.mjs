import { cpus, release, totalmem, type } from 'node:os';

const columns = ['row', 'what', 'bar', 'measured', 'direct or bare', 'raw pipe', 'ratio', 'holds'];

/** Rows as one Markdown table, which a terminal shows well enough too; notes below it. */
export function tableOf(rows) {
  const cells = rows.map((row) => [
    String(row.row),
    row.what,
    row.bar,
    row.measured,
    row.direct ?? '',
    row.pipe ?? '',
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    row.holds === undefined ? '–' : row.holds ? 'yes' : '**no**',
  ]);
  const widths = columns.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i].length)));
  const line = (texts) => `| ${texts.map((text, i) => text.padEnd(widths[i])).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  const notes = [...new Set(rows.flatMap(({ row, note }) => (note ? [`Row ${row}: ${note}`] : [])))];
  return [line(columns), line(rule), ...cells.map(line), ...notes.flatMap((note) => ['', note])].join('\n');
}

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
