import { readFile, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spawnSalon } from '../support/process.ts';
import { cli } from './cli.ts';
import { dump, makePlace, type Place } from './place.ts';

let place: Place;
beforeEach(async () => {
  place = await makePlace();
});
afterEach(() => place.remove());

const run = (...args: string[]) => cli(place.dir, args);
const noStack = (text: string) => expect(text).not.toMatch(/\n\s+at |node:internal|\.ts:\d|\.js:\d/);

it('lists its commands, and answers an unknown one with them and exit code 2', async () => {
  const help = await run('help');
  expect(help).toMatchObject({ code: 0, err: '' });
  for (const name of ['backup', 'backups', 'backup verify', 'restore', 'doctor', 'rollback', 'version'])
    expect(help.out).toContain(`\n  ${name}`);
  expect(await run()).toEqual(help);
  expect(await run('--help')).toEqual(help);
  const unknown = await run('conjure', 'x');
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toBe(`There is no command "conjure x".\n${help.out}`);
  const version = await run('version');
  expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('says wrong arguments in a line and how it is right, with exit code 2', async () => {
  for (const args of [
    ['backup', '--colour'],
    ['restore'],
    ['backup', 'verify'],
    ['restore', 'a', 'b'],
    ['doctor', 'x'],
  ]) {
    const { code, err } = await run(...args);
    expect([args, code]).toEqual([args, 2]);
    expect(err).toMatch(/^[^\n]+\nUsage: npm run cli -- [^\n]+\n$/);
    noStack(err);
  }
});

it('says a fault in one sentence, without a stack, with exit code 1', async () => {
  for (const args of [
    ['backup'],
    ['rollback'],
    ['restore', 'nowhere.zip'],
    ['backup', 'verify', 'nowhere.zip'],
  ]) {
    const { code, err, out } = await run(...args);
    expect([args, code, out]).toEqual([args, 1, '']);
    expect(err).toMatch(/^[^\n]+\n$/);
  }
  const wrong = await cli(place.dir, ['backup'], { PORT: 'many', LOG_LEVEL: 'loud' });
  expect(wrong.code).toBe(1);
  expect(wrong.err).toMatch(/^PORT is wrong: .*\nLOG_LEVEL is wrong: .*\n$/);
});

it('backs up, lists, checks, restores elsewhere: the same comes out', async () => {
  await place.fill();
  const made = await run('backup');
  expect(made).toMatchObject({ code: 0, err: '' });
  const [, name = ''] =
    /^(salon-backup-\d{8}-\d{6}\.zip): .* 5 files, read back and found whole\n$/.exec(made.out) ?? [];
  expect((await run('backups')).out).toContain(`manual     ${name}\n`);
  const archive = place.archive(name);
  expect((await run('backup', 'verify', archive)).out).toMatch(
    /^whole: backup of .*, 5 files, .*, 1 accounts\n$/,
  );
  const other = await makePlace();
  const dry = await cli(other.dir, ['restore', archive, '--dry-run']);
  expect(dry).toMatchObject({ code: 0, err: '' });
  expect(dry.out).toMatch(/^would restore: /);
  const done = await cli(other.dir, ['restore', archive]);
  expect(done).toMatchObject({ code: 0, err: '' });
  expect(dump(other.at('data/salon.db'))).toEqual(dump(place.at('data/salon.db')));
  await truncate(archive, 2000);
  const cut = await run('backup', 'verify', archive);
  expect(cut).toMatchObject({ code: 1, out: '' });
  expect(cut.err).toBe(
    `${name} is refused: it is cut off, or was not written by Salon: its end is missing\n`,
  );
  await other.remove();
});

it('examines the place: exit code 1 only when something fails, and the same as JSON', async () => {
  await place.fill();
  await writeFile(place.at('images/2026/11/image-0.png'), 'short');
  const text = await run('doctor');
  expect(text.code).toBe(1);
  for (const line of text.out.trimEnd().split('\n')) expect(line).toMatch(/^(ok {2}|warn|fail) {2}[\w ]+: ./);
  const json = await run('doctor', '--json');
  expect(json.code).toBe(1);
  const { findings } = JSON.parse(json.out) as { findings: { level: string; subject: string }[] };
  expect(findings.filter(({ level }) => level === 'fail').map(({ subject }) => subject)).toContain('images');
});

it('an upgrade that cannot be done stops the start with one sentence and leaves the file as it was', async () => {
  await place.fill();
  const version = place.query<{ user_version: number }>('pragma user_version')[0]?.user_version ?? 0;
  // The last step meets tables that are there already.
  place.query(`pragma user_version = ${version - 1}`);
  const before = dump(place.at('data/salon.db'));
  await expect(spawnSalon({ dir: place.dir })).rejects.toThrow(
    /ended with 1: Salon cannot start: the upgrade of the database to version \d+ failed at "[\w-]+" \([^\n]+\) and changed nothing: [^\n]+\n$/,
  );
  expect(dump(place.at('data/salon.db'))).toEqual(before);
  expect(place.query('pragma user_version')).toEqual([{ user_version: version - 1 }]);
  expect((await readFile(place.at(`data/backups/before-${version}.db`))).length).toBeGreaterThan(0);
});

it('refuses to roll back while a server runs, and asks to be told twice', async () => {
  const salon = await spawnSalon({ dir: place.dir });
  const refused = await run('rollback', '--yes');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^another Salon is running on [^\n]+\n$/);
  await salon.kill('SIGTERM');
  const version = place.query<{ user_version: number }>('pragma user_version')[0]?.user_version ?? 0;
  expect((await run('rollback')).err).toMatch(/^there is nothing to go back to: /);
  place.query(`vacuum into '${place.at('copy.db')}'`);
  const { mkdir, rename } = await import('node:fs/promises');
  await mkdir(place.at('data/backups'), { recursive: true });
  await rename(place.at('copy.db'), place.at(`data/backups/before-${version}.db`));
  const asked = await run('rollback');
  expect(asked.code).toBe(1);
  expect(asked.out).toMatch(
    /^From version .*\n(.*\n)*Nothing was changed\. To do it: npm run cli -- rollback --yes\n$/,
  );
  const done = await run('rollback', '--yes');
  expect(done.code).toBe(0);
  expect(done.out).toMatch(
    /Done\. The database of now is kept as salon-\d{8}-\d{6}\.db\.\nStart the older Salon/,
  );
});
