import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { largeFolder, largeSize } from '../large-account.mjs';
import { quantile, short } from '../numbers.mjs';

const AT_ONCE = 50;
const BAR = 1500;
/** What Salon itself stores questions and answers with. */
const parts = `export { openSqlite } from './src/platform/db/sqlite.ts';
  export { createIds } from './src/lib/ids.ts';
  export { exchangeStatements } from './src/chat/questions/store.ts';
  export { createReplyStore } from './src/chat/replies/store.ts';`;

/** Questions and answers stored and indexed in an account with a million messages, each one on the disk before the next. */
export async function messageStore({ setting }) {
  const path = join(await largeFolder(setting), 'salon.db');
  const program = join(setting.root, 'dist', 'message-store.mjs');
  await build({
    stdin: { contents: parts, resolveDir: setting.root, loader: 'ts' },
    outfile: program,
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm' },
  });
  const seconds = setting.quick ? 3 : 8;
  const plan = { program, path, username: 'ana', seconds };
  const runs = [];
  for (let run = 0; run < (setting.quick ? 1 : 3); run += 1)
    runs.push({
      driver: await storeFor(setting, {
        ...plan,
        program: null,
        path: join(setting.dir, `driver-${run}.db`),
      }),
      alone: await storeFor(setting, { ...plan, writers: 1 }),
      together: await storeFor(setting, { ...plan, writers: AT_ONCE }),
    });
  const median = (name) =>
    quantile(
      runs.map((run) => run[name]),
      0.5,
    );
  const lineOf = (what, name) => ({
    what: `messages stored and indexed beside ${largeSize(setting).messages}, ${what}`,
    bar: `≥ ${BAR} per second`,
    measured: `${short(median(name))}/s`,
    direct: `driver alone, one row after the other ${short(median('driver'))}/s`,
    ratio: median(name) / median('driver'),
    value: median(name),
    more: true,
    holds: median(name) >= BAR,
  });
  return [lineOf(`${AT_ONCE} people at once`, 'together'), lineOf('one after the other', 'alone')];
}

/** @returns messages per second, stored by a process of its own (message-store.mjs or driver-store.mjs) */
async function storeFor(setting, plan) {
  const name = plan.program === null ? 'driver-store' : 'message-store';
  const [file, log] = ['json', 'out'].map((ending) => join(setting.dir, `${name}.${ending}`));
  writeFileSync(file, JSON.stringify(plan));
  writeFileSync(log, '');
  const child = setting.processes.start([join(setting.here, `${name}.mjs`), file], { core: 'relay', log });
  await once(child, 'exit');
  const text = readFileSync(log, 'utf8');
  if (child.exitCode !== 0) throw new Error(`${name} failed: ${text}`);
  return JSON.parse(text).perSecond;
}
