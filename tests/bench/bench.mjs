// `npm run bench` measures the built server against the bars that the project set itself and prints one table.
//   npm run bench -- 1,3,9     only these rows        --quick            shorter, less exact
//   --write                    docs/benchmarks.md     --profile FOLDER   processor profiles of Salon
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './checkout.mjs';
import { createSetting } from './setting.mjs';
import { createStreaming } from './streaming.mjs';
import { machineLine, pageOf, tableOf } from './table.mjs';
import { chatPage, composer } from './rows/browser.mjs';
import { cleanBuild } from './rows/build.mjs';
import { crash } from './rows/crash.mjs';
import { memory } from './rows/memory.mjs';
import { pagesPerSecond } from './rows/pages.mjs';
import { signIns } from './rows/sign-in.mjs';
import { deployed } from './rows/size.mjs';
import { coldStart } from './rows/start.mjs';
import {
  bytesPerToken,
  cpuPerToken,
  firstTokenAt10,
  firstTokenAt200,
  lagAt200,
  streamsPerCore,
} from './rows/streams.mjs';
import { manyAtOnce } from './rows/together.mjs';

/** In the order of the table; the sweep comes last of its kind, since it tires the server. */
const measures = {
  1: streamsPerCore,
  2: cpuPerToken,
  3: firstTokenAt10,
  4: firstTokenAt200,
  5: lagAt200,
  6: bytesPerToken,
  7: memory,
  8: coldStart,
  9: chatPage,
  10: composer,
  11: pagesPerSecond,
  15: manyAtOnce,
  16: crash,
  18: signIns,
  19: deployed,
  20: cleanBuild,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, profile: { type: 'string' } },
});
const wanted = positionals.flatMap((text) => text.split(','));
const numbers = Object.keys(measures).filter((number) => wanted.length === 0 || wanted.includes(number));
const setting = createSetting({
  quick: values.quick ?? false,
  profileDir: values.profile && resolve(values.profile),
});
const streaming = createStreaming(setting);
process.once('SIGINT', () => void setting.close().then(() => process.exit(130)));

try {
  const rows = [];
  for (const number of numbers) rows.push(...(await measure(number)));
  process.stdout.write(`${tableOf(rows)}\n\n${machineLine()}\n`);
  if (values.write) {
    const path = join(projectRoot, 'docs', 'benchmarks.md');
    const page = readFileSync(path, 'utf8');
    // What is written by hand below the table stays, and is to be read again.
    writeFileSync(path, pageOf(rows, page.slice(page.indexOf('\n## ') + 1)));
  }
} finally {
  await setting.close();
}

async function measure(number) {
  process.stderr.write(`row ${number} …\n`);
  const begun = performance.now();
  const rows = await measures[number]({ setting, streaming }).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    return [
      {
        what: measures[number].name,
        bar: '',
        measured: `failed: ${error.message.slice(0, 120)}`,
        holds: false,
      },
    ];
  });
  process.stderr.write(`row ${number} took ${Math.round((performance.now() - begun) / 1000)} s\n`);
  return rows.map((row) => ({ row: number, ...row }));
}
