import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { userCommands } from '../../src/accounts/commands.ts';
import { openAccounts } from '../../src/open-accounts.ts';
import { readConfig, type Config } from '../../src/platform/config.ts';
import { openDatabase, query } from '../support/database.ts';
import { projectRoot, startSalon, type Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
setUpAgents([], (...opened) => ([salon] = opened));

/** Runs a command as the command line does, with `secret` on standard input. */
async function run(config: Config, line: string, secret = '') {
  const out: string[] = [];
  const err: string[] = [];
  const command = userCommands(() => openAccounts(config)).find(({ name }) => line.startsWith(name));
  if (!command) throw new Error(`no command: ${line}`);
  const rest = line.slice(command.name.length).trim();
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    askSecret: () => Promise.resolve(secret),
  };
  const code = await command
    .run(rest === '' ? [] : rest.split(' '), io)
    .catch((error: unknown) => (error as Error).message);
  return { code, out, err };
}
const signIn = (username: string, password: string) =>
  salon.anonymous().post('/login').send({ username, password });

it('works before the first start: makes the database, the first account is the admin, the server takes it over', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'salon-commands-'));
  try {
    const env = { NODE_ENV: 'test', DATA_DIR: join(dir, 'data'), LOG_DIR: dir, IMAGES_DIR: join(dir, 'i') };
    const config = readConfig(projectRoot, env);
    expect((await run(config, 'user list')).out).toEqual(['There are no accounts yet.']);
    expect(await run(config, 'user add Ana', 'correct horse 1')).toMatchObject({ code: 0 });
    const started = await startSalon({ DATA_DIR: config.dataDir, REGISTRATION: 'closed' });
    try {
      const { body } = await started
        .anonymous()
        .post('/login')
        .send({ username: 'Ana', password: 'correct horse 1' })
        .expect(200);
      expect(body.user).toMatchObject({ role: 'admin' });
    } finally {
      await started.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

it('adds, lists and promotes beside a running server, which sees it at once', async () => {
  const ana = await salon.signUp('Ana');
  expect((await run(salon.config, 'user add Ben', 'from standard 1')).code).toBe(0);
  expect((await run(salon.config, 'user add Cleo --admin', 'from standard 1')).code).toBe(0);
  await signIn('Ben', 'from standard 1').expect(200);
  const { out } = await run(salon.config, 'user list');
  expect(out.map((line) => line.split(/\s+/).at(-1))).toEqual(['Ana', 'Ben', 'Cleo']);
  expect(out.filter((line) => line.startsWith('admin'))).toHaveLength(2);
  const admin = () => ana.get('/admin').set('accept', 'application/json');
  const again = () => ana.post('/login').send({ username: 'Ana', password: 'correct horse 1' }).expect(200);
  await run(salon.config, 'user demote Ana');
  await admin().expect(401);
  await again();
  await admin().expect(403);
  await run(salon.config, 'user promote ana');
  await admin().expect(401);
  await again();
  await admin().expect(200);
});

it('sets a password: sessions and tokens end, the old one is dead', async () => {
  const dora = await salon.signUp('Dora');
  expect((await run(salon.config, 'user password Dora', 'a new beginning 2')).code).toBe(0);
  await dora.get('/settings').set('accept', 'application/json').expect(401);
  await signIn('Dora', 'correct horse 1').expect(401);
  await signIn('Dora', 'a new beginning 2').expect(200);
});

it('suspends and lets in again', async () => {
  const eve = await salon.signUp('Eve');
  await run(salon.config, 'user suspend Eve');
  await eve.get('/settings').set('accept', 'application/json').expect(401);
  await run(salon.config, 'user resume Eve');
  await signIn('Eve', 'correct horse 1').expect(200);
});

it('says what is wrong with names and passwords, and changes nothing', async () => {
  const before = query(salon.dir, 'select * from users');
  expect(await run(salon.config, 'user add Finn', 'abc')).toMatchObject({
    code: 1,
    err: ['The password is too short.'],
  });
  expect((await run(salon.config, 'user password Ben', 'password')).err).toEqual([
    'The password is on every list of common passwords.',
  ]);
  expect((await run(salon.config, 'user add ben', 'correct horse 1')).code).toBe('username_taken');
  expect((await run(salon.config, 'user promote Nobody')).code).toContain('There is no account "Nobody"');
  expect((await run(salon.config, 'user suspend')).code).toContain('Give one name');
  expect(query(salon.dir, 'select * from users')).toEqual(before);
});

it('never leaves nobody to administer', async () => {
  await run(salon.config, 'user demote Cleo');
  expect((await run(salon.config, 'user demote Ana')).code).toBe('last_admin');
  expect((await run(salon.config, 'user suspend Ana')).code).toBe('last_admin');
});

it('notes itself in the audit log, without a password', async () => {
  const rows = query(salon.dir, "select * from audit_entries where auth_method = 'cli'");
  expect(rows.length).toBeGreaterThan(5);
  expect(JSON.stringify(rows)).not.toContain('beginning');
});

it('leaves an older schema alone while a server runs on it', async () => {
  const db = openDatabase(salon.dir);
  const version = db.pragma('user_version', { simple: true }) as number;
  db.pragma(`user_version = ${version - 1}`);
  try {
    expect((await run(salon.config, 'user list')).code).toContain('another Salon is running');
    expect(db.pragma('user_version', { simple: true })).toBe(version - 1);
  } finally {
    db.pragma(`user_version = ${version}`);
    db.close();
  }
});
