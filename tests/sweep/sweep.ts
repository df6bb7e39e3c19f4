import { parseArgs } from 'node:util';
import buildIfStale from '../support/build.ts';
import { runSweep } from './run.ts';

/** `npx tsx tests/sweep/sweep.ts --rounds 200 --seed 42`: kills the built server again and again under load. */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now()) },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

buildIfStale();
say(`seed ${values.seed}: repeat with --rounds ${values.rounds} --seed ${values.seed}`);
const { violations, counts, dir } = await runSweep({
  rounds: Number(values.rounds),
  seed: values.seed,
  tell: say,
});
for (const [name, count] of counts) say(`${String(count).padStart(8)}  ${name}`);
for (const { code, round, text } of violations) say(`VIOLATION ${code} in round ${round}: ${text}`);
say(`${values.rounds} rounds, ${violations.length} violations, seed ${values.seed}`);
if (violations.length > 0) say(`the folders and the journal are kept: ${dir}`);
process.exit(violations.length > 0 ? 1 : 0);
