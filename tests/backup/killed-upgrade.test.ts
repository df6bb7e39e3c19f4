import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrations } from '../../src/platform/db/migrations/migrations.ts';
import { openReader } from '../../src/platform/db/reader.ts';
import { openSqlite } from '../../src/platform/db/sqlite.ts';
import { projectRoot } from '../support/salon.ts';
import { makePlace, type Place } from './place.ts';

const MOMENTS = 8;
const STEPS = 6;
const old = migrations.length;
let place: Place;
beforeEach(async () => {
  place = await makePlace();
  await place.fill(1);
});
afterEach(() => place.remove());

function beginUpgrade() {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const script = join(projectRoot, 'tests/backup/upgrade.mjs');
  return spawn(process.execPath, ['--import', tsx, script, place.at('data/salon.db')], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

it('killed at any moment of an upgrade, the file is of the old or of the new version, and whole', async () => {
  const versions = new Set<number>();
  for (let moment = 0; moment < MOMENTS; moment++) {
    const child = beginUpgrade();
    await once(child.stdout, 'data');
    await wait(moment * 60);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    // The next start opens it for writing, which undoes what was not committed.
    await openSqlite(place.at('data/salon.db')).close();
    const reader = openReader(place.at('data/salon.db'));
    versions.add(reader.version());
    expect([old, old + STEPS]).toContain(reader.version());
    expect(reader.faults()).toEqual([]);
    expect(reader.tables().filter((name) => name.startsWith('step_'))).toHaveLength(
      reader.version() === old ? 0 : STEPS,
    );
    expect(reader.countRows()['users']).toBe(1);
    reader.close();
  }
  const child = beginUpgrade();
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  const reader = openReader(place.at('data/salon.db'));
  expect(reader.version()).toBe(old + STEPS);
  reader.close();
  expect(await place.archives()).toEqual([`before-${old + STEPS}.db`]);
  expect(versions.has(old)).toBe(true);
});
