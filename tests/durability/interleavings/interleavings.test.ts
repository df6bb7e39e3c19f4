import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, settingsFor, signUpAt, type Person } from '../../support/chat.ts';
import { startModelServer, type ModelServer } from '../../support/model-server.ts';
import { spawnSalon, type SalonProcess } from '../../support/process.ts';
import { checkAnyTime, checkDevices, checkReadings, checkSettled, rowsOf } from './check-tree.ts';
import { actions, createDevice, type Device, type Record } from './device.ts';

/** `INTERLEAVINGS=300 npx vitest run tests/durability/interleavings` looks longer. */
const RUNS = Number(process.env['INTERLEAVINGS'] ?? 10);
const DEVICES = 3;

const step = fc.record({
  device: fc.nat(DEVICES - 1),
  action: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('send', 'send', 'edit', 'look', 'look') },
    { weight: 6, arbitrary: fc.constantFrom(...actions) },
  ),
  pick: fc.nat(1000),
});
/** Steps that go at the same time, a while before the next ones; a kill comes so many ms after they began. */
const turn = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  restMs: fc.constantFrom(0, 0, 20, 80, 250),
  killAfterMs: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2, 8, 30, 120) },
  ),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

let model: ModelServer;
let salon: SalonProcess;
let ana: Person;
const env = () => ({ ...settingsFor(model), OPENAI_MAX_RETRIES: '0' });
beforeAll(async () => {
  model = await startModelServer();
  salon = await spawnSalon({ env: env() });
  ana = await signUpAt(salon.url, 'Ana');
});
afterAll(async () => {
  await salon.remove();
  await model.close();
});

async function restart(devices: readonly Device[], record: Record): Promise<void> {
  await salon.kill('SIGKILL');
  await Promise.all(record.readings.map(({ open }) => open));
  salon = await spawnSalon({ dir: salon.dir, env: env() });
  ana = ana.at(salon.url);
  for (const device of devices) device.connect(salon.url);
}

async function play(turns: readonly Turn[]): Promise<void> {
  const { id } = await ana.begin({});
  const record: Record = { sent: [], regenerated: [], readings: [], odd: [] };
  const devices = Array.from({ length: DEVICES }, () => createDevice(id, ana.cookie, record));
  for (const device of devices) device.connect(salon.url);
  const complete = new Map<string, string>();
  for (const { steps, restMs, killAfterMs } of turns) {
    const acting = Promise.all(
      steps.map(async ({ device, action, pick }) => devices[device]?.act(action, pick)),
    );
    if (killAfterMs !== null) {
      await sleep(killAfterMs);
      await restart(devices, record);
    }
    await acting;
    await sleep(restMs);
    const rows = rowsOf(salon.dir, id);
    checkAnyTime(rows);
    for (const row of rows) if (row.status === 'complete') complete.set(row.id, row.content);
  }
  const rows = await eventually(() => {
    const now = rowsOf(salon.dir, id);
    return now.some(({ status }) => status === 'queued' || status === 'running') ? undefined : now;
  });
  checkAnyTime(rows);
  checkSettled(rows, record, complete);
  for (const reading of record.readings) await reading.open.then(() => devices[0]?.follow(reading));
  checkReadings(rows, record);
  await checkDevices(rows, id, devices);
  expect(record.odd).toEqual([]);
}

it('ends in one consistent tree whatever two tabs and a phone do, and whenever the process is killed', async () => {
  const property = fc.asyncProperty(fc.array(turn, { minLength: 8, maxLength: 16 }), play);
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
}, 900_000);
