import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually, signUpAt, type Person } from '../support/chat.ts';
import { idOfPerson, query } from '../support/database.ts';
import { readEvents } from '../support/events.ts';
import { pullStrings } from '../support/puppet.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

const password = 'correct horse 1';
let bench: Bench;
let admin: Person;
let ana: Person;
setUpPeople(['Root', 'Canary-Ana'], (...opened) => ([bench, admin, ana] = opened));

const count = (sql: string) =>
  query<{ n: number }>(bench.salon.dir, `select count(*) as n from ${sql}`)[0]?.n;
const idOf = (name: string) => idOfPerson(bench.salon.dir, name);
const leave = (person: Person, body: object = { password }) =>
  person.call('DELETE', '/settings/account', body);
const images = () =>
  readdirSync(join(bench.salon.dir, 'images'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(png|webp|jpg|avif)$/.test(name),
  );

it('after the account is deleted nothing of it is in the database, its log of writes, files or logs', async () => {
  await ana.begin({ title: 'canary-title', content: 'canary-question [[n=2]]' });
  const made = await ana.call<{ image_url: string }>('POST', '/generate_image', { prompt: 'canary-image' });
  await ana.page(`${made.body.image_url}?w=64&format=webp`);
  await ana.call('POST', '/settings/keys', { name: 'canary-key' });
  await fetch(`${bench.salon.url}/login`, {
    method: 'POST',
    body: new URLSearchParams({ username: 'Canary-Ana', password: 'wrong' }),
  });
  expect(images()).toHaveLength(1);
  const id = idOf('Canary-Ana');
  const answer = await leave(ana);
  expect(answer.status).toBe(204);
  expect(answer.headers.get('clear-site-data')).toBe('"cache", "storage"');
  expect(answer.headers.get('set-cookie')).toMatch(/^salon=;/);
  // Looking at the log stores what was still being added up, such as the wrong password of just before.
  expect((await admin.call('GET', '/admin/audit')).status).toBe(200);
  expect(
    count(`audit_entries where object_id = '${id}' and action = 'account.sign_in' and outcome = 'denied'`),
  ).toBe(1);
  for (const table of ['conversations', 'messages', 'jobs', 'images'])
    expect([table, count(`${table} where owner_id = '${id}'`)]).toEqual([table, 0]);
  for (const table of ['sessions', 'token_families', 'api_keys', 'reset_links'])
    expect([table, count(`${table} where user_id = '${id}'`)]).toEqual([table, 0]);
  expect([
    images(),
    readdirSync(join(bench.salon.dir, 'data', 'renditions')).filter((name) => !name.startsWith('.')),
  ]).toEqual([[], []]);
  const data = join(bench.salon.dir, 'data');
  for (const name of ['salon.db', 'salon.db-wal']) {
    const bytes = existsSync(join(data, name))
      ? readFileSync(join(data, name)).toString('latin1').toLowerCase()
      : '';
    expect([name, bytes.includes('canary')]).toEqual([name, false]);
  }
  const lines = (await bench.salon.logLines()).filter(({ level }) => level !== 'debug');
  expect(JSON.stringify(lines).toLowerCase()).not.toContain('canary');
});

it('signs out everywhere, and the name can be taken again by somebody who starts empty', async () => {
  const login = await fetch(`${bench.salon.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'Canary-Ana', password }),
  });
  const { access_token: token, refresh_token: refresh } = (await login.json()) as Record<string, string>;
  const made = await ana.call<{ key: string }>('POST', '/settings/keys', { name: 'k' });
  await ana.begin({ content: 'hello [[n=1]]' });
  expect((await leave(ana)).status).toBe(204);
  expect((await ana.call('GET', '/conversations')).status).toBe(401);
  for (const bearer of [token, made.body.key]) {
    const { status } = await fetch(`${bench.salon.url}/conversations`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    expect(status).toBe(401);
  }
  const again = await fetch(`${bench.salon.url}/api/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: refresh }),
  });
  expect(again.status).toBe(401);
  const second = await signUpAt(bench.salon.url, 'canary-ana');
  const { body } = await second.call<{ conversations: unknown[] }>('GET', '/conversations');
  expect(body.conversations).toEqual([]);
});

it('a running reply stops, its readers are told, and no late write brings a row back', async () => {
  const strings = pullStrings(bench.model);
  const { reply } = await ana.begin({ content: 'a question.' });
  const call = await strings.next('a question.');
  call.say('So far');
  const reading = readEvents(`${bench.salon.url}/replies/${reply.id}/events?format=text`, {
    cookie: ana.cookie,
  });
  await ana.follow(reply.id, { query: '?format=text', until: ({ event }) => event === 'delta' });
  expect((await leave(ana)).status).toBe(204);
  await eventually(() => call.isClosed() || undefined);
  expect((await reading).ended).toBe(true);
  call.say('too late');
  // A server that closes stores before what is still to be stored.
  await bench.salon.restart();
  expect([count('messages'), count('reply_pieces'), count('conversations')]).toEqual([0, 0, 0]);
});

it('an image that is being made leaves neither a row nor a file', async () => {
  const asked = await ana.call<{ job: { id: string } }>('POST', '/images', { prompt: 'a boat [[ms=400]]' });
  await eventually(() => bench.model.calls().length > 0 || undefined);
  expect((await leave(ana)).status).toBe(204);
  expect((await ana.call('GET', `/jobs/${asked.body.job.id}`)).status).toBe(401);
  await bench.salon.restart();
  expect([count('jobs'), count('images'), images()]).toEqual([0, 0, []]);
});

it('asks for the password, counts wrong ones, and refuses tokens and keys', async () => {
  expect((await leave(ana, {})).status).toBe(422);
  const wrong = await leave(ana, { password: 'not mine 12' });
  expect([wrong.status, (wrong.body as { errors: unknown }).errors]).toEqual([
    422,
    [{ field: 'password', message: expect.any(String) as string }],
  ]);
  for (let i = 0; i < 10; i++) await leave(ana, { password: 'not mine 12' });
  expect((await leave(ana)).status).toBe(429);
  const { body } = await ana.call<{ key: string }>('POST', '/settings/keys', {
    name: 'k',
    scopes: ['chat', 'images', 'history'],
  });
  const byKey = await fetch(`${bench.salon.url}/settings/account`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${body.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  expect(byKey.status).toBe(403);
  expect(idOf('Canary-Ana')).not.toBe('');
  const lines = query<{ count: number }>(
    bench.salon.dir,
    "select count from audit_entries where action = 'account.delete' and outcome = 'denied'",
  );
  expect(lines).toHaveLength(1);
});

it('keeps the last administrator while other people are here; alone, that one may go', async () => {
  const refused = await leave(admin);
  expect([refused.status, (refused.body as { code: string }).code]).toEqual([409, 'last_admin']);
  expect((await admin.page('/settings/delete')).body).not.toContain('type="password"');
  expect((await leave(ana)).status).toBe(204);
  expect((await leave(admin)).status).toBe(204);
  expect(count('users')).toBe(0);
  expect((await fetch(`${bench.salon.url}/login`, { redirect: 'manual' })).headers.get('location')).toBe(
    '/register',
  );
});

it('lets exactly one of two administrators go who leave at the same time', async () => {
  query(bench.salon.dir, "update users set role = 'admin'");
  const other = await bench.person('Bystander');
  const answers = await Promise.all([leave(ana), leave(admin)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  expect(count("users where role = 'admin'")).toBe(1);
  expect((await other.call('GET', '/conversations')).status).toBe(200);
});

it('as a page: says what goes, wants the name typed, redraws with a sentence, and says goodbye', async () => {
  const page = await ana.page('/settings/delete');
  expect(page.body).toContain('name="username"');
  const wrong = await ana.form('/settings/delete', { username: 'someone', password });
  expect([wrong.status, wrong.body.includes('value="someone"')]).toEqual([422, true]);
  const gone = await ana.form('/settings/delete', { username: 'Canary-Ana', password });
  expect([gone.status, gone.location]).toEqual([303, '/goodbye']);
  const goodbye = await ana.page('/goodbye');
  expect([goodbye.status, goodbye.body.includes('Account deleted')]).toEqual([200, true]);
});

it('keeps the lines of the audit log, with another word in the place of the name', async () => {
  const id = idOf('Canary-Ana');
  await leave(ana);
  const { body } = await admin.call<{ entries: { action: string; actor: { username: string } | null }[] }>(
    'GET',
    `/admin/audit?person=${id}`,
  );
  expect(body.entries.length).toBeGreaterThan(0);
  expect(body.entries[0]).toMatchObject({ action: 'account.delete', outcome: 'done' });
  expect([...new Set(body.entries.map(({ actor }) => actor?.username ?? ''))].filter(Boolean)).toEqual([
    'deleted person',
  ]);
});
