// `npm run bench` measures the built server against the bars that the project set itself and prints one table.
//   npm run bench -- 1,3,9     only these rows        --quick            shorter, less exact
//   --write                    docs/benchmarks.md     --profile FOLDER   processor profiles of Salon
//   --against FOLDER           each row of that checkout too, in turn with this one: a table of before and after
//   --rounds N                 with --against: so many times each, the medians are compared
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './checkout.mjs';
import { comparisonOf } from './comparison.mjs';
import { measureRow, measures } from './measures.mjs';
import { createSetting } from './setting.mjs';
import { createStreaming } from './streaming.mjs';
import { machineLine, pageOf, tableOf } from './table.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean' },
    profile: { type: 'string' },
    against: { type: 'string' },
    rounds: { type: 'string', default: '1' },
  },
});
const wanted = positionals.flatMap((text) => text.split(','));
const numbers = Object.keys(measures).filter((number) => wanted.length === 0 || wanted.includes(number));
const after = contextOf(projectRoot, values.profile && resolve(values.profile));
const before = values.against && contextOf(resolve(values.against));
const close = () => Promise.all([after, before].map((side) => side && side.setting.close()));
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void close().then(() => process.exit(1)));

try {
  const table = before ? await compare(Math.max(1, Number(values.rounds))) : await measureAll();
  process.stdout.write(`${table}\n\n${machineLine()}\n`);
} finally {
  await close();
}

function contextOf(source, profileDir) {
  const setting = createSetting({ quick: values.quick, source, profileDir });
  return { setting, streaming: createStreaming(setting) };
}

async function measureAll() {
  const lines = [];
  for (const number of numbers) lines.push(...(await measure(number, after)));
  if (values.write) {
    const path = join(projectRoot, 'docs', 'benchmarks.md');
    const page = readFileSync(path, 'utf8');
    // What is written by hand below the table stays, and is to be read again.
    writeFileSync(path, pageOf(lines, page.slice(page.indexOf('\n## ') + 1)));
  }
  return tableOf(lines);
}

/** Who goes first changes from round to round, since a machine that warms up or tires favours one of them. */
async function compare(rounds) {
  const runs = { before: [], after: [] };
  for (let round = 0; round < rounds; round += 1) {
    const inTurn = round % 2 === 0 ? ['before', 'after'] : ['after', 'before'];
    for (const number of numbers)
      for (const side of inTurn)
        runs[side].push(...(await measure(number, side === 'before' ? before : after, side)));
    for (const { setting } of [before, after]) setting.forget();
  }
  return comparisonOf(runs);
}

async function measure(number, context, side = '') {
  process.stderr.write(`row ${number} ${side} …\n`);
  const begun = performance.now();
  const lines = await measureRow(number, context);
  process.stderr.write(`row ${number} ${side} took ${Math.round((performance.now() - begun) / 1000)} s\n`);
  return lines;
}
