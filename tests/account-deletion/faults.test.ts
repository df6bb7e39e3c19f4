import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { userCommands } from '../../src/accounts/commands.ts';
import { openAccounts } from '../../src/open-accounts.ts';
import { eventually, type Person } from '../support/chat.ts';
import { idOfPerson, query } from '../support/database.ts';
import { imageSettings, setUpPeople, type Bench } from '../support/set-up.ts';

const password = 'correct horse 1';
let bench: Bench;
let admin: Person;
let ana: Person;
setUpPeople(['Root', 'Ana'], (...opened) => ([bench, admin, ana] = opened), imageSettings);

const run = (sql: string) => query(bench.salon.dir, sql);
const count = (sql: string) => run(`select count(*) as n from ${sql}`)[0]?.['n'];
const leave = (person: Person) => person.call('DELETE', '/settings/account', { password });
/** The database refuses to delete rows of this table until `mend`. */
const breakDeletes = (table: string) =>
  run(`create trigger broken before delete on ${table} begin select raise(abort, 'the disk is broken'); end`);
const mend = () => run('drop trigger broken');
const untilGone = (id: string) =>
  eventually(() => (count(`users where id = '${id}'`) === 0 ? true : undefined));
const json = (path: string, body: object) =>
  fetch(bench.salon.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const bearer = async (token: string) =>
  (await fetch(`${bench.salon.url}/conversations`, { headers: { authorization: `Bearer ${token}` } })).status;

const images = () =>
  readdirSync(join(bench.salon.dir, 'images'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.png'),
  );

async function fill(person: Person): Promise<void> {
  await person.begin({ content: 'hello [[n=1]]' });
  await person.call('POST', '/generate_image', { prompt: 'a boat' });
}

for (const table of ['sessions', 'messages', 'images', 'users'])
  it(`goes on by itself after ${table} could not be deleted, and tells the truth meanwhile`, async () => {
    await fill(ana);
    const id = idOfPerson(bench.salon.dir, 'Ana');
    breakDeletes(table);
    const answer = await leave(ana);
    expect([answer.status, answer.body]).toEqual([202, { status: 'being_deleted' }]);
    expect((await ana.call('GET', '/conversations')).status).toBe(401);
    expect(count(`users where id = '${id}'`)).toBe(1);
    mend();
    await untilGone(id);
    for (const owned of ['conversations', 'messages', 'jobs', 'images'])
      expect([owned, count(`${owned} where owner_id = '${id}'`)]).toEqual([owned, 0]);
    await eventually(() => (images().length === 0 ? true : undefined));
    const entries = await eventually(async () => {
      const { body } = await admin.call<{
        entries: { auth_method: string; outcome: string; details: object }[];
      }>('GET', `/admin/audit?person=${id}&action=account.delete`);
      return body.entries.length === 2 ? body.entries : undefined;
    });
    expect(entries).toMatchObject([
      { auth_method: 'system', outcome: 'done' },
      { auth_method: 'session', outcome: 'done', details: { deletion: 'continues' } },
    ]);
    const faults = (await bench.salon.logLines()).filter(
      ({ event }) => event === 'deletion of an account waits',
    );
    expect(faults[0]).toMatchObject({ user: id, faults: 1, next_in_ms: 5000 });
  });

it('waits longer after each further fault', async () => {
  breakDeletes('users');
  expect((await leave(ana)).status).toBe(202);
  const pauses = await eventually(async () => {
    const faults = (await bench.salon.logLines()).filter(
      ({ event }) => event === 'deletion of an account waits',
    );
    return faults.length === 2 ? faults.map((line) => line['next_in_ms']) : undefined;
  });
  expect(pauses).toEqual([5000, 10_000]);
  mend();
});

it('lets nobody into an account that is being deleted, and nobody change it', async () => {
  const id = idOfPerson(bench.salon.dir, 'Ana');
  const signedIn = await json('/api/login', { username: 'Ana', password });
  const tokens = (await signedIn.json()) as { access_token: string; refresh_token: string };
  const made = await ana.call<{ key: string }>('POST', '/settings/keys', { name: 'k' });
  const link = await admin.call<{ url: string }>('POST', `/admin/people/${id}/reset`);
  const version = run(`select updated_at from users where id = '${id}'`)[0]?.['updated_at'];
  breakDeletes('users');
  expect((await leave(ana)).status).toBe(202);

  for (const path of ['/login', '/api/login'])
    expect([path, (await json(path, { username: 'Ana', password })).status]).toEqual([path, 401]);
  expect((await json('/api/refresh', { refresh_token: tokens.refresh_token })).status).toBe(401);
  expect([await bearer(tokens.access_token), await bearer(made.body.key)]).toEqual([401, 401]);
  expect((await fetch(link.body.url)).status).toBe(404);
  expect((await json(new URL(link.body.url).pathname, { password: 'another horse 2' })).status).toBe(404);
  const register = await json('/register', { username: 'ana', password });
  expect([register.status, ((await register.json()) as { code: string }).code]).toEqual([
    409,
    'username_taken',
  ]);

  const person = `/admin/people/${id}`;
  for (const change of [
    { suspended: false },
    { suspended: true },
    { role: 'admin' },
    { role: 'user', version },
  ]) {
    const { status, body } = await admin.call<{ code: string }>('PATCH', person, change);
    expect([change, status, body.code]).toEqual([change, 409, 'being_deleted']);
  }
  const reset = await admin.call<{ code: string }>('POST', `${person}/reset`);
  expect([reset.status, reset.body.code]).toEqual([409, 'being_deleted']);
  expect((await admin.call('GET', person)).body).toMatchObject({ being_deleted: true });
  expect(count(`users where id = '${id}' and leaving_at is not null and suspended_at is not null`)).toBe(1);
  mend();
});

it('shows administrators that an account is being deleted, and offers nothing to do with it', async () => {
  const id = idOfPerson(bench.salon.dir, 'Ana');
  breakDeletes('users');
  const gone = await ana.form('/settings/delete', { username: 'Ana', password });
  expect([gone.status, gone.location]).toEqual([303, '/goodbye?deletion=continues']);
  const goodbye = await ana.page(gone.location);
  expect(goodbye.body).toContain('Salon continues by itself');
  expect((await admin.page('/admin/people')).body).toContain('Being deleted');
  const page = (await admin.page(`/admin/people/${id}`)).body;
  expect(page).toContain('Being deleted');
  expect(page).not.toMatch(new RegExp(`action="/admin/people/${id}`));
  const german = await admin.page(`/admin/people/${id}`, { 'accept-language': 'de' });
  expect(german.body).toContain('Wird gelöscht');
  // Asked for again: the same answer, and no second deletion.
  const again = await admin.form(`/admin/people/${id}/delete`, { username: 'Ana' });
  expect([again.status, again.location]).toEqual([303, '/admin/people?done=being_deleted']);
  expect((await admin.page(again.location)).body).toContain('Salon continues by itself');
  mend();
});

it('refuses the commands of the owner of the machine as well', async () => {
  breakDeletes('users');
  expect((await leave(ana)).status).toBe(202);
  const out: string[] = [];
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void out.push(text),
    askSecret: () => Promise.resolve('another horse 2'),
  };
  const commands = userCommands(() => openAccounts(bench.salon.config));
  const call = (name: string, args: string[]) =>
    commands.find((one) => one.name === `user ${name}`)?.run(args, io);
  for (const name of ['resume', 'suspend', 'promote', 'demote', 'password'])
    await expect(call(name, ['Ana']), name).rejects.toMatchObject({ code: 'being_deleted' });
  await call('list', []);
  expect(out.find((line) => line.includes('Ana'))).toMatch(/Ana {2}being deleted$/);
  await expect(call('add', ['Ana'])).rejects.toMatchObject({ code: 'username_taken' });
  mend();
});

it('counts an administrator who is being deleted as gone', async () => {
  run("update users set role = 'admin'");
  const anaId = idOfPerson(bench.salon.dir, 'Ana');
  const rootId = idOfPerson(bench.salon.dir, 'Root');
  const ben = await bench.person('Ben');
  breakDeletes('users');
  expect((await leave(ana)).status).toBe(202);
  const refused = await leave(admin);
  expect([refused.status, (refused.body as { code: string }).code]).toEqual([409, 'last_admin']);
  const commands = userCommands(() => openAccounts(bench.salon.config));
  const io = { out: () => undefined, err: () => undefined, askSecret: () => Promise.resolve('') };
  for (const name of ['user demote', 'user suspend'])
    await expect(commands.find((one) => one.name === name)?.run(['Root'], io)).rejects.toMatchObject({
      code: 'last_admin',
    });
  expect((await ben.call('GET', '/conversations')).status).toBe(200);
  mend();
  await untilGone(anaId);
  expect(count(`users where id = '${rootId}'`)).toBe(1);
});

it('makes whoever registers while the last account is being deleted the administrator', async () => {
  await leave(ana);
  breakDeletes('users');
  expect((await leave(admin)).status).toBe(202);
  expect((await fetch(`${bench.salon.url}/login`, { redirect: 'manual' })).headers.get('location')).toBe(
    '/register',
  );
  await bench.person('New');
  mend();
  expect(run("select role from users where username = 'New'")).toEqual([{ role: 'admin' }]);
});

it('takes two deletions at the same time as one', async () => {
  await fill(ana);
  const id = idOfPerson(bench.salon.dir, 'Ana');
  const answers = await Promise.all([
    leave(ana),
    leave(ana),
    admin.call('DELETE', `/admin/people/${id}`),
    admin.call('DELETE', `/admin/people/${id}`),
  ]);
  const [own, ownToo, byAdmin, byAdminToo] = answers.map(({ status }) => status);
  // A request that comes once the account is closed finds its session ended; nobody is told of a wrong password.
  for (const status of [own, ownToo]) expect([204, 401]).toContain(status);
  for (const status of [byAdmin, byAdminToo]) expect([204, 404]).toContain(status);
  expect(answers.some(({ status }) => status === 204)).toBe(true);
  expect(count(`users where id = '${id}'`)).toBe(0);
});

it('gives a person who asks twice at the same time the same answer twice', async () => {
  const answers = await Promise.all([leave(ana), leave(ana)]);
  expect(answers.map(({ status }) => status)).toEqual([204, 204]);
});

it('forgets failed sign-ins together with the account', async () => {
  for (let i = 0; i < 3; i++) await json('/login', { username: 'Ana', password: 'wrong horse 12' });
  expect(count("throttles where key like 'account:%'")).toBe(1);
  expect((await leave(ana)).status).toBe(204);
  expect(count("throttles where key like 'account:%'")).toBe(0);
});

it('leaves the account as it is when it cannot even be closed', async () => {
  run("create trigger broken before update on users begin select raise(abort, 'the disk is broken'); end");
  expect((await leave(ana)).status).toBe(500);
  mend();
  expect((await ana.call('GET', '/conversations')).status).toBe(200);
  expect((await leave(ana)).status).toBe(204);
});
