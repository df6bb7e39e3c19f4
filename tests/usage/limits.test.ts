import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';
import { ledgerOf } from './setup.ts';

type Limit = { name: string; value: number; default: number; version: number };

let bench: Bench;
let admin: Person;
let ada: Person;
setUpPeople(['Admin', 'Ada'], (...opened) => ([bench, admin, ada] = opened), { USER_MAX_ACTIVE: '1000' });

const set = async (values: Record<string, number>) => {
  const answer = await admin.call('PATCH', '/admin/limits', values);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
};
const count = (statuses: number[], status: number) => statuses.filter((one) => one === status).length;

it('of 100 parallel questions with room for 3 exactly 3 are answered', async () => {
  await set({ generations_account: 3 });
  const { id } = (await ada.call<{ id: string }>('POST', '/conversations', { title: 'race' })).body;
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      ada.call('POST', `/conversations/${id}/messages`, { content: `q ${i}` }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  // Making the conversation was the first of the three.
  expect([count(statuses, 201), count(statuses, 429)]).toEqual([2, 98]);
  expect(ledgerOf(bench.salon.dir).length).toBeLessThanOrEqual(2);
  for (const { status, headers } of answers) {
    expect(headers.get('ratelimit-policy')).toBe('"generations_account";q=3;w=60');
    expect(headers.get('ratelimit')).toMatch(/^"generations_account";r=\d;t=\d+$/);
    if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
});

it('one account shares its limit over all routes, another keeps its own', async () => {
  await set({ generations_account: 2 });
  expect((await ada.call('POST', '/generate_code', { prompt: 'a' })).status).toBe(200);
  expect((await ada.call('POST', '/images', { prompt: 'b' })).status).toBe(202);
  expect((await ada.call('POST', '/generate_image', { prompt: 'c' })).status).toBe(429);
  const page = await ada.form('/conversations', { content: 'd' });
  expect(page.status).toBe(429);
  expect(page.body).toContain('<h1');
  expect((await admin.call('POST', '/generate_code', { prompt: 'e' })).status).toBe(200);
});

it('session, token and key of one account share its limit', async () => {
  await set({ generations_account: 3 });
  const { key } = (await ada.call<{ key: string }>('POST', '/settings/keys', { name: 'program' })).body;
  const signIn = { username: 'Ada', password: 'correct horse 1' };
  const { access_token: token } = (await ada.call<{ access_token: string }>('POST', '/api/login', signIn))
    .body;
  const by = (bearer: string) =>
    fetch(`${bench.salon.url}/generate_code`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: '{"prompt":"x"}',
    }).then(({ status }) => status);
  const session = async () => (await ada.call('POST', '/generate_code', { prompt: 'x' })).status;
  expect([await by(key), await by(token), await session()]).toEqual([200, 200, 200]);
  expect([await by(key), await by(token), await session()]).toEqual([429, 429, 429]);
  expect(ledgerOf(bench.salon.dir).map(({ auth_method: method }) => method)).toEqual([
    'key',
    'token',
    'session',
  ]);
});

it('limits the changes of an account and never its reading', async () => {
  await set({ requests_account: 3 });
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await ada.call('PATCH', '/settings', { theme: 'dark' })).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  expect((await ada.call('GET', '/settings')).status).toBe(200);
  const denied = () =>
    query<{ count: number }>(
      bench.salon.dir,
      "select sum(count) as count from audit_entries where action = 'access.limited' and outcome = 'denied'",
    )[0]?.count;
  // Repeats are added up within a second.
  await waitFor(() => denied() === 3);
});

it('limits an address that is not signed in, which it cannot choose by itself', async () => {
  // The two sign-ups of this test were the first of the five.
  await set({ requests_ip: 5 });
  const knock = async (
    path: string,
    i: number,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ) => {
    const headers = { 'x-forwarded-for': `192.0.2.${i}`, ...init.headers };
    const answer = await fetch(bench.salon.url + path, { ...init, headers });
    await answer.text();
    return answer.status;
  };
  const statuses: number[] = [];
  for (let i = 0; i < 2; i++) statuses.push(await knock('/login', i, { method: 'POST' }));
  // Guesses of keys count, reading a page does not.
  for (let i = 2; i < 5; i++)
    statuses.push(await knock('/conversations', i, { headers: { authorization: 'Bearer salon_guess' } }));
  expect(statuses).toEqual([expect.anything(), expect.anything(), 401, 429, 429]);
  expect(statuses.slice(0, 2)).not.toContain(429);
  expect(await knock('/login', 6)).toBe(200);
  const refused = await fetch(`${bench.salon.url}/api/login`, { method: 'POST' });
  expect(refused.status).toBe(429);
  // Who is signed in goes on.
  expect((await ada.call('GET', '/conversations')).status).toBe(200);
});

it('limits each API key by itself', async () => {
  await set({ requests_key: 2 });
  const made = await ada.call<{ key: string }>('POST', '/settings/keys', { name: 'program' });
  expect(made.status).toBe(201);
  const ask = () =>
    fetch(`${bench.salon.url}/conversations`, {
      headers: { authorization: `Bearer ${made.body.key}` },
    }).then(({ status }) => status);
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
  expect((await ada.call('GET', '/conversations')).status).toBe(200);
});

it('books what comes by a key on that key and its owner', async () => {
  const { key, id } = (
    await ada.call<{ key: string; id: string }>('POST', '/settings/keys', { name: 'program' })
  ).body;
  const answer = await fetch(`${bench.salon.url}/generate_code`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    // An owner in the body is nobody's business.
    body: JSON.stringify({ prompt: 'hello', owner_id: 'x', user_id: 'x', account: { ownerId: 'x' } }),
  });
  expect(answer.status).toBe(200);
  const ownerId = query<{ id: string }>(bench.salon.dir, "select id from users where username = 'Ada'")[0]
    ?.id;
  expect(ledgerOf(bench.salon.dir)).toMatchObject([
    { owner_id: ownerId, auth_method: 'key', api_key_id: id },
  ]);
});

it('keeps what another administrator has changed meanwhile, and says so', async () => {
  const { limits } = (await admin.call<{ limits: Limit[] }>('GET', '/admin/limits')).body;
  const seen = Object.fromEntries(
    limits.flatMap(({ name, value, version }) => [
      [name, value],
      [`${name}_version`, version],
    ]),
  );
  await set({ requests_key: 100 });
  const stale = await admin.call('PATCH', '/admin/limits', { ...seen, storage_mb: 7 });
  expect(stale.status).toBe(409);
  const now = (await admin.call<{ limits: Limit[] }>('GET', '/admin/limits')).body.limits;
  expect(now.find(({ name }) => name === 'requests_key')).toMatchObject({ value: 100, version: 1 });
  expect(now.find(({ name }) => name === 'storage_mb')).toMatchObject({ value: 5000, version: 0 });
  expect(query(bench.salon.dir, "select 1 from audit_entries where action = 'limit.change'")).toHaveLength(1);
});

it.each(['-1', '1.5', 'abc', '', '99999999999'])(
  'refuses the limit %j and shows what was typed',
  async (value) => {
    const answer = await admin.form('/admin/limits', { requests_key: value, requests_key_version: '0' });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain('id="requests_key-error"');
    const [, shown] = /name="requests_key"[^>]* value="([^"]*)"/.exec(answer.body) ?? [];
    expect(shown).toBe(value);
  },
);

it('refuses a body beyond the upload limit before reading it', async () => {
  await set({ upload_mb: 1 });
  const big = await ada.call('POST', '/conversations', { content: 'x'.repeat(1_000_100) });
  expect(big.status).toBe(413);
});
