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
export function pageOf(rows) {
  return `# Benchmarks

Measured with \`npm run bench -- --write\` on ${machineLine()}.

${tableOf(rows)}

## How it is measured

The built server, with sign-in, storing and rendering, runs on core 0; a scripted model server and the load generator
share core 1. Each token carries the time of its emission, so lag is the way of one token from the model server to the
reader. The direct path (the load generator asks the model server itself) and a raw \`node:http\` pipe without sign-in,
storage or rendering run beside it in the same run. This kind of machine varies by 10 to 20 % from run to run: ratios
count. Two numbers are the median and the 99th percentile. A level of streams is carried when all answers are whole,
the first token's 99th percentile is below 250 ms and that of the lag below 100 ms. Direct lag above 2 ms means that the
machine was busy, and that the run is worth nothing. Figures of older programs are quoted.
`;
}
