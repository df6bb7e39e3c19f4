import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
setUpAgents(['The first'], (...opened) => ([salon] = opened));

const password = 'long enough 1';
const register = (fields: object) => salon.anonymous().post('/register').send(fields);
const registerForm = (fields: Record<string, string>) =>
  salon.visitor().post('/register').type('form').send(fields);

it('signs a new account in by JSON and answers with the account alone', async () => {
  const agent = salon.visitor();
  const answer = await agent.post('/register').send({ username: 'Json person', password }).expect(200);
  expect(Object.keys(answer.body as object)).toEqual(['user']);
  expect(answer.body.user).toEqual({
    id: expect.stringMatching(/^[0-9a-z]{26}$/),
    username: 'Json person',
    role: 'user',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  await agent.get('/settings').set('accept', 'text/html').expect(200);
});

it('signs a new account in by form and goes to the page that was asked for', async () => {
  const fields = {
    username: 'Form person',
    password,
    password_confirmation: password,
    next: '/images?page=1',
  };
  const answer = await registerForm(fields).expect(303);
  expect(answer.headers['location']).toBe('/images?page=1');
});

it('answers a taken name with 409, by JSON and on the form, whatever its case and Unicode form', async () => {
  await register({ username: 'Zoë', password }).expect(200);
  for (const username of ['Zoë', 'zoë', 'ZOË', 'Zoe\u0308', '  Zoë ', 'Ｚoë']) {
    const answer = await register({ username, password }).expect(409);
    expect(answer.body).toMatchObject({ status: 409, code: 'username_taken' });
  }
  const page = await registerForm({ username: 'zoë', password }).expect(409);
  expect(page.text).toContain('This name is taken');
  expect(page.text).toContain('value="zoë"');
});

it('of many forms of one name in parallel exactly one becomes an account', async () => {
  const forms = ['Ána', 'ána', 'A\u0301na', 'a\u0301na', 'ÁNA', ' ána', 'ána ', 'ánａ', 'ÁnA', 'Ána'];
  const answers = await Promise.all(forms.map((username) => register({ username, password })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
  await register({ username: 'Ana', password }).expect(200);
});

it('keeps together what only case folding joins', async () => {
  await register({ username: 'σίσυφος', password }).expect(200);
  await register({ username: 'ΣΊΣΥΦΟΣ', password }).expect(409);
  await register({ username: 'σίσυφοσ', password }).expect(409);
});

it('refuses names that are empty, too long or not to be seen, and says which field is wrong', async () => {
  const wrong = [
    '',
    '   ',
    'x'.repeat(65),
    'a\u0000b',
    'a\nb',
    'a\u202eb',
    'a\u200bb',
    '\u3164',
    'a  b',
    'a\ufe0f',
    '\u2800',
  ];
  for (const username of wrong) {
    const answer = await register({ username, password });
    expect([answer.status, username]).toEqual([422, username]);
    expect(answer.body.errors).toEqual([{ field: 'username', message: expect.stringMatching(/\w/) }]);
  }
  await register({ username: 'x'.repeat(64), password }).expect(200);
  await register({ username: '🦊'.repeat(64), password }).expect(200);
});

it('draws a refused form again with the name and without the password', async () => {
  const answer = await registerForm({
    username: '<b>"Quoted"</b>',
    password: 'abc',
    next: '/history',
  }).expect(422);
  expect(answer.text).toContain('value="&lt;b&gt;&quot;Quoted&quot;&lt;/b&gt;"');
  expect(answer.text).toContain('Use at least 8 characters.');
  expect(answer.text).toContain('name="next" value="/history"');
  expect(answer.text).not.toContain('value="abc"');
});

it('refuses two different passwords', async () => {
  const answer = await registerForm({
    username: 'Two',
    password,
    password_confirmation: 'long enough 2',
  }).expect(422);
  expect(answer.text).toContain('The two passwords are not the same.');
});

it('wrong types are 422 and never an account', async () => {
  const wrong: unknown[] = [[], ['a'], {}, { $ne: '' }, 1, true, null, undefined];
  for (const value of wrong) {
    await register({ username: value, password }).expect(422);
    await register({ username: 'Typed', password: value }).expect(422);
  }
  await registerForm({ 'username[$ne]': 'x', password }).expect(422);
  await salon
    .anonymous()
    .post('/register')
    .type('form')
    .send('username=a1&username=b1&password=long+enough+1')
    .expect(422);
  await salon.anonymous().post('/register').send([]).expect(422);
  expect(query(salon.dir, "select 1 from users where username in ('Typed', 'a1', 'b1')")).toEqual([]);
});

it('extra fields are ignored', async () => {
  const extra = {
    role: 'admin',
    isAdmin: true,
    id: 'mine',
    created_at: 0,
    createdAt: 0,
    passwordHash: 'x',
    password_hash: 'x',
    enabled: true,
    suspended_at: 1,
    theme: 'dark',
    username_key: 'other',
  };
  const answer = await register({ username: 'Greedy', password, ...extra }).expect(200);
  expect(answer.body.user).toMatchObject({ role: 'user', id: expect.not.stringMatching('mine') });
  const [row] = query(salon.dir, "select * from users where username = 'Greedy'");
  expect(row).toMatchObject({ role: 'user', username_key: 'greedy', suspended_at: null, theme: 'system' });
  expect(Number(row?.['created_at'])).toBeGreaterThan(Date.now() - 60_000);
});

it('takes the time zone that the browser tells, and ignores one that is none', async () => {
  await register({ username: 'Zone one', password, time_zone: 'Asia/Tokyo' }).expect(200);
  await register({ username: 'Zone two', password, time_zone: 'Mars/Base' }).expect(200);
  await register({ username: 'Zone three', password, time_zone: 7 }).expect(200);
  const rows = query(
    salon.dir,
    "select time_zone from users where username like 'Zone %' order by created_at",
  );
  expect(rows.map((row) => row['time_zone'])).toEqual(['Asia/Tokyo', null, null]);
});

it('makes exactly one admin when the first two accounts come at once', async () => {
  const fresh = await startSalon();
  try {
    const names = ['One', 'Two', 'Three', 'Four'];
    const answers = await Promise.all(
      names.map((username) => fresh.anonymous().post('/register').send({ username, password })),
    );
    const roles = answers.map(({ body }) => (body as { user: { role: string } }).user.role);
    expect(roles.filter((role) => role === 'admin')).toHaveLength(1);
  } finally {
    await fresh.close();
  }
});

it('leads the first visitor of a fresh Salon to the first account', async () => {
  const fresh = await startSalon();
  try {
    const answer = await fresh.anonymous().get('/login').expect(302);
    expect(answer.headers['location']).toBe('/register');
    const page = await fresh.anonymous().get('/register').expect(200);
    expect(page.text).toContain('will be the administrator');
  } finally {
    await fresh.close();
  }
});
