import { afterEach, expect, it } from 'vitest';
import { openBench, settingsFor, signUpAt } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { startModelServer } from '../support/model-server.ts';
import { spawnSalon } from '../support/process.ts';
import { pullStrings } from '../support/puppet.ts';
import { startSalon } from '../support/salon.ts';
import { makeSmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait.ts';
import { answered, ledgerOf, images } from './setup.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

it('settles what a killed process left at the reserved cost, with an unknown outcome', async () => {
  const model = await startModelServer();
  open.push(() => model.close());
  const first = await spawnSalon({ env: settingsFor(model) });
  open.push(() => first.remove());
  const person = await signUpAt(first.url, 'Ada');
  await person.begin({ content: '[[n=9000 tps=50]] long', model: 'gpt-4o' });
  await waitFor(() => ledgerOf(first.dir).length === 1);
  await first.kill();
  const [left] = ledgerOf(first.dir);
  expect(left).toMatchObject({ status: 'reserved', outcome: null, cost_micros: 0 });

  const second = await spawnSalon({ env: settingsFor(model), dir: first.dir });
  open.push(() => second.remove());
  const [settled] = ledgerOf(first.dir);
  expect(settled).toMatchObject({ status: 'settled', outcome: 'unknown', is_estimated: 1 });
  expect(settled?.cost_micros).toBe(left?.reserved_micros);
  expect(settled?.cost_micros).toBeGreaterThan(0);
});

it('settles what runs when the server is stopped as usual', async () => {
  const bench = await openBench();
  open.push(() => bench.close());
  const person = await bench.person('Ada');
  const { reply } = await person.begin({ content: '[[n=9000 tps=50]] long' });
  await person.follow(reply.id, { query: '?format=text', until: ({ event }) => event === 'delta' });
  await bench.salon.restart();
  expect(ledgerOf(bench.salon.dir)).toMatchObject([{ status: 'settled', outcome: 'stopped' }]);
});

it('books the demo model too, at no cost', async () => {
  const salon = await startSalon();
  open.push(() => salon.close());
  const person = await signUpAt(salon.url, 'Ada');
  await answered(person, 'hello');
  await images(person, { prompt: 'a lake', n: 2 });
  expect(ledgerOf(salon.dir)).toMatchObject([
    { model: 'demo', outcome: 'complete', cost_micros: 0, is_priced: 1 },
    { model: 'demo-image', outcome: 'complete', images: 2, cost_micros: 0, is_priced: 1 },
  ]);
});

it('stores the entry of an answer that ended on a full disk once there is room again', async () => {
  const disk = makeSmallDisk();
  open.push(() => Promise.resolve(disk.remove()));
  const model = await startModelServer();
  open.push(() => model.close());
  const strings = pullStrings(model);
  const salon = await spawnSalon({ env: settingsFor(model), dir: disk.dir });
  open.push(() => salon.kill().then(() => undefined));
  const person = await signUpAt(salon.url, 'Ada');
  const { id, reply } = await person.begin({ content: 'runs through' });
  const call = await strings.next('runs through');
  await waitFor(() => ledgerOf(disk.dir).length === 1);
  disk.fill(salon.pid);
  // More than what is left on the last page.
  for (let i = 0; i < 40; i++) await person.call('POST', '/conversations', { title: 'x'.repeat(200) });
  call.say('the whole answer');
  call.finish();
  await waitFor(() => salon.output().includes('ledger entry waits to be stored'));
  expect(ledgerOf(disk.dir)).toMatchObject([{ status: 'reserved' }]);
  disk.free(salon.pid);
  await waitFor(() => ledgerOf(disk.dir)[0]?.status === 'settled');
  expect(await person.ended(id, reply.id)).toMatchObject({ status: 'complete', content: 'the whole answer' });
  expect(ledgerOf(disk.dir)).toMatchObject([{ outcome: 'complete', subject_id: reply.id }]);
});

it('books an answer whole whose reservation was refused by the disk', async () => {
  const bench = await openBench();
  open.push(() => bench.close());
  const person = await bench.person('Ada');
  const trigger =
    "create trigger refuse before insert on ledger_entries when new.status = 'reserved' begin select raise(fail, 'x'); end";
  query(bench.salon.dir, trigger);
  const { reply } = await answered(person, '[[n=3]] still there?', { model: 'gpt-4o' });
  expect(reply).toMatchObject({ status: 'complete' });
  expect(ledgerOf(bench.salon.dir)).toMatchObject([
    { status: 'settled', outcome: 'complete', cost_micros: 55 },
  ]);
});
