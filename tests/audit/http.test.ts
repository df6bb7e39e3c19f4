import { expect, it } from 'vitest';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

const password = 'correct horse 1';
let bench: Bench;
let admin: Person;
let ana: Person;
setUpPeople(['Root', 'Ana'], (...opened) => ([bench, admin, ana] = opened));

type EntryJson = {
  action: string;
  outcome: string;
  count: number;
  actor: { id: string; username: string } | null;
  object: { kind: string; id: string; name: string | null } | null;
  ip: string | null;
  auth_method: string;
  at: string;
  request_id: string | null;
};
async function entries(search = '') {
  const { status, body } = await admin.call<{ entries: EntryJson[]; next_cursor: string | null }>(
    'GET',
    `/admin/audit${search}`,
  );
  expect(status).toBe(200);
  return body;
}
const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
  fetch(bench.salon.url + path, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

it('what a guard refuses leaves one line that names who, what and how it ended, and no secret', async () => {
  const secret = 'canary-secret-0123456789';
  for (let i = 0; i < 5; i++) {
    await send('POST', '/images', { cookie: ana.cookie, 'sec-fetch-site': 'cross-site' }, secret);
    await ana.call('GET', `/admin/people?q=${secret}`);
    await send('GET', `/conversations?x=${secret}`, { authorization: `Bearer salon_${secret}` });
    await send('POST', `/reset/${secret}`, { ...form, 'sec-fetch-site': 'cross-site' }, 'password=x');
  }
  const seen = await eventually(async () => {
    const { entries: all } = await entries('?outcome=denied');
    const lines = all.filter(({ action }) => action.startsWith('access.'));
    return lines.length >= 4 && lines.every(({ count }) => count === 5) ? lines : undefined;
  });
  const anaId = query<{ id: string }>(bench.salon.dir, "select id from users where username = 'Ana'")[0]?.id;
  expect(seen.map(({ action, actor, object }) => [action, actor?.id ?? null, object?.id]).sort()).toEqual(
    [
      ['access.cross_site', null, 'POST /images'],
      ['access.cross_site', null, 'POST /reset'],
      ['access.forbidden', anaId, 'GET /admin/people'],
      ['access.unauthorized', null, 'GET /conversations'],
    ].sort(),
  );
  expect(seen.every(({ ip, request_id: id }) => ip !== null && id !== null)).toBe(true);
  expect(JSON.stringify(query(bench.salon.dir, 'select * from audit_entries'))).not.toContain('canary');
});

it('notes sign-in, failed sign-in, registration and sign-out, without what was typed', async () => {
  const typed = 'canary-typed-password';
  await send('POST', '/login', form, `username=Ana&password=${typed}`);
  await send('POST', '/login', form, `username=${typed}&password=x`);
  const entered = await send('POST', '/login', form, `username=Ana&password=${encodeURIComponent(password)}`);
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  await send('POST', '/logout', { cookie });
  const { entries: all } = await entries();
  const names = all.map(({ action, outcome, actor }) => `${action} ${outcome} ${actor?.username ?? '-'}`);
  for (const name of [
    'account.sign_out done Ana',
    'account.sign_in done Ana',
    'account.register done Ana',
    'account.register done Root',
  ])
    expect(names).toContain(name);
  const tried = all.filter(({ action, outcome }) => action === 'account.sign_in' && outcome === 'denied');
  expect(tried.map(({ object }) => object?.name ?? null).sort()).toEqual(['Ana', null]);
  expect(JSON.stringify(all)).not.toContain('canary');
});

it('shows, filters and pages the log for administrators, in the zone of their account', async () => {
  await ana.call('GET', '/admin');
  const page = await admin.page('/admin/audit');
  expect([page.status, page.body.includes('access.forbidden'), page.body.includes('GET /admin')]).toEqual([
    200,
    true,
    true,
  ]);
  expect((await entries('?person=ana&outcome=denied')).entries.map(({ action }) => action)).toEqual([
    'access.forbidden',
  ]);
  expect((await entries('?action=access.forbidden')).entries).toHaveLength(1);
  expect((await entries('?to=2020-01-01')).entries).toEqual([]);
  expect((await admin.page('/admin/audit?to=2020-01-01')).body).toContain('No entry matches');
  const first = await entries('?limit=1');
  const second = await entries(`?limit=1&cursor=${first.next_cursor}`);
  expect([...first.entries, ...second.entries]).toEqual((await entries('?limit=2')).entries);
  const at = Date.UTC(2026, 5, 30, 23, 30);
  query(
    bench.salon.dir,
    `insert into audit_entries (id, at, last_at, action, outcome, auth_method)
      values ('${'0'.repeat(26)}', ${at}, ${at}, 'old.line', 'done', 'system')`,
  );
  const on = async (day: string) => (await entries(`?action=old.line&from=${day}&to=${day}`)).entries.length;
  expect([await on('2026-06-30'), await on('2026-07-01')]).toEqual([1, 0]);
  await admin.call('PATCH', '/settings', { time_zone: 'Asia/Tokyo' });
  expect([await on('2026-06-30'), await on('2026-07-01')]).toEqual([0, 1]);
  const wrong = await admin.page('/admin/audit?person=nobody&from=yesterday');
  expect([wrong.status, wrong.body.includes('value="nobody"'), wrong.body.includes('aria-invalid')]).toEqual([
    422,
    true,
    true,
  ]);
  expect((await admin.call('GET', '/admin/audit?cursor=x')).status).toBe(422);
  expect((await admin.call('GET', '/admin/audit?outcome=maybe')).status).toBe(422);
});

it('escapes what strangers wrote', async () => {
  const hostile = '<img src=x onerror=alert(1)>';
  const eve = await bench.person(hostile);
  await eve.call('GET', '/admin');
  const { body } = await admin.page('/admin/audit');
  expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(body).not.toContain(hostile);
});

it('exports all lines as an attachment in which no cell is a formula', async () => {
  const names = ['=1+1', '+1', '-1', '@sum', 'say "hi", all'];
  for (const name of names) await bench.person(name);
  query(
    bench.salon.dir,
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200)
      insert into audit_entries (id, at, last_at, action, outcome, auth_method) select printf('%026d', i), i, i, 'old.line', 'done', 'system' from n`,
  );
  const csv = await send('GET', '/admin/audit/export?format=csv', { cookie: admin.cookie });
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="?salon-audit-\d{8}\.csv"?$/);
  expect(csv.headers.get('x-content-type-options')).toBe('nosniff');
  const text = await csv.text();
  const lines = text.split('\r\n');
  expect(lines.at(-1)).toBe('');
  expect(lines.filter((line) => line.includes('old.line'))).toHaveLength(1200);
  for (const name of ["'=1+1", "'+1", "'-1", "'@sum"]) expect(text).toContain(`,${name},`);
  expect(text).toContain('"say ""hi"", all"');
  expect(text).not.toMatch(/(^|,)"?[=+\-@]/m);
  const json = await send('GET', '/admin/audit/export?format=json&action=old.line', { cookie: admin.cookie });
  const all = (await json.json()) as EntryJson[];
  expect(all).toHaveLength(1200);
  expect((await entries('?action=audit.export')).entries).toHaveLength(2);
});

it('is closed to everybody else', async () => {
  for (const path of ['/admin/audit', '/admin/audit/export']) {
    expect((await ana.call('GET', path)).status).toBe(403);
    expect((await send('GET', path, { accept: 'application/json' })).status).toBe(401);
    const signIn = await send('GET', path, { accept: 'text/html' });
    expect([signIn.status, signIn.headers.get('location')]).toEqual([
      302,
      `/login?next=${encodeURIComponent(path)}`,
    ]);
  }
});
