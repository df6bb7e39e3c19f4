import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSalon, type Salon } from '../support/salon.ts';
import { query } from '../support/database.ts';
import { rawRequest } from '../support/raw-http.ts';

let salon: Salon;
const password = 'correct horse 1';
beforeAll(async () => {
  salon = await startSalon();
  await salon.signUp('The admin');
  await salon.signUp('Ana');
  await salon.signUp('Suspended');
  query(salon.dir, "update users set suspended_at = 1 where username = 'Suspended'");
});
afterAll(() => salon.close());

const signIn = (fields: object) => salon.anonymous().post('/login').send(fields);
const signInForm = (fields: Record<string, string>) =>
  salon.visitor().post('/login').type('form').send(fields);

it('signs in by JSON, whatever the case of the name and the blanks around it', async () => {
  for (const username of ['Ana', 'ana', ' ANA ']) {
    const answer = await signIn({ username, password }).expect(200);
    expect(answer.body).toEqual({ user: expect.objectContaining({ username: 'Ana', role: 'user' }) });
    expect(answer.headers['set-cookie']).toHaveLength(1);
  }
});

it('signs in by form with 303 to the start page', async () => {
  const answer = await signInForm({ username: 'Ana', password }).expect(303);
  expect(answer.headers['location']).toBe('/');
});

it('takes the sign-in form at / as well', async () => {
  const answer = await salon
    .anonymous()
    .post('/')
    .type('form')
    .send({ username: 'Ana', password })
    .expect(303);
  expect(answer.headers['location']).toBe('/');
  await salon.anonymous().post('/').send({ username: 'Ana', password: 'wrong one' }).expect(401);
  await salon.anonymous().post('/').send({ username: 'Ana', password }).expect(200);
});

it('draws a failed form again with the name, without the password', async () => {
  const fields = { username: 'Ana "x" <i>', password: 'not the password', next: '/history' };
  const answer = await signInForm(fields).expect(401);
  expect(answer.text).toContain('value="Ana &quot;x&quot; &lt;i&gt;"');
  expect(answer.text).toContain('Name or password is wrong.');
  expect(answer.text).toContain('name="next" value="/history"');
  expect(answer.text).not.toContain('not the password');
});

it('known, unknown and suspended names fail in the same way', async () => {
  const attempts = [
    { username: 'Ana', password: 'a wrong password' },
    { username: 'Bob', password: 'a wrong password' },
    { username: 'Suspended', password },
    { username: 'Suspended', password: 'a wrong password' },
  ];
  const changing = /^(date|x-request-id|content-length|etag)$/;
  const signInByApi = (fields: object) => salon.anonymous().post('/api/login').send(fields);
  for (const send of [signIn, signInForm, signInByApi]) {
    const seen = [];
    for (const attempt of attempts) {
      const answer = await send(attempt).expect(401);
      const text = answer.text
        .replaceAll(String(answer.headers['x-request-id']), 'ID')
        .replaceAll(`value="${attempt.username}"`, 'NAME');
      const headers = Object.entries(answer.headers).filter(([name]) => !changing.test(name));
      seen.push({ text, headers });
    }
    for (const other of seen) expect(other).toEqual(seen[0]);
    expect(seen[0]?.headers.map(([name]) => name)).not.toContain('set-cookie');
  }
});

it('wrong types are wrong credentials, never a session', async () => {
  const wrong: unknown[] = [[], ['Ana'], {}, { $ne: '' }, { toString: 'x' }, 1, true, null, undefined, ''];
  for (const value of wrong) {
    await signIn({ username: value, password }).expect(401);
    await signIn({ username: 'Ana', password: value }).expect(401);
  }
  await signIn(['Ana', password]).expect(401);
  const form = (text: string) => salon.anonymous().post('/login').type('form').send(text);
  await form('username=Ana&username=Ana&password=correct+horse+1').expect(401);
  await form('username[$ne]=&password[$ne]=').expect(401);
  await form('').expect(401);
  await salon
    .anonymous()
    .post(`/login?username=Ana&password=${encodeURIComponent(password)}`)
    .expect(401);
  await salon.anonymous().post('/login').type('json').send('"text"').expect(400);
  await salon.anonymous().post('/login').type('json').send('null').expect(400);
});

const foreign = [
  ...[
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    'https:evil.test',
    'https://evil.test',
    'evil.test',
  ],
  ...[
    'javascript:alert(1)',
    '@evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    ' /history',
    'http://localhost@evil.test',
    '',
  ],
  ...[
    `/${'x'.repeat(7000)}`,
    '/.//evil.test',
    '/..//evil.test',
    '/%0d%0aSet-Cookie:x=1\r\nX: y',
    '/\u0000',
    '/\u202e',
  ],
];

it('next= leads only to own paths', async () => {
  for (const next of foreign) {
    const answer = await signInForm({ username: 'Ana', password, next }).expect(303);
    expect([next, answer.headers['location']]).toEqual([next, '/']);
  }
  for (const [next, path] of [
    ['/history', '/history'],
    ['/images?page=2', '/images?page=2'],
    ['/%09/evil.test', '/%09/evil.test'],
    ['/%5cevil.test', '/%5cevil.test'],
    ['/conversations/x#y', '/conversations/x'],
  ] as const) {
    const answer = await signInForm({ username: 'Ana', password, next }).expect(303);
    expect([next, answer.headers['location']]).toEqual([next, path]);
  }
  const twice = await salon
    .anonymous()
    .post('/login')
    .type('form')
    .send(`username=Ana&password=correct+horse+1&next=/history&next=//evil.test`)
    .expect(303);
  expect(twice.headers['location']).toBe('/');
});

it('neither does next= on the form nor for people who are signed in already', async () => {
  const agent = salon.visitor();
  await agent.post('/login').send({ username: 'Ana', password }).expect(200);
  for (const next of foreign.filter((path) => path.length < 6000)) {
    const query = `?next=${encodeURIComponent(next)}`;
    const page = await salon.anonymous().get(`/login${query}`).expect(200);
    expect(page.text).toContain('name="next" value="/"');
    const answer = await agent.get(`/login${query}`).expect(302);
    expect([next, answer.headers['location']]).toEqual([next, '/']);
  }
});

it('nothing that is typed ends up as a header', async () => {
  const body = new URLSearchParams({ username: 'Ana', password, next: '/a\r\nSet-Cookie: own=1' }).toString();
  const answer = await rawRequest(salon.url, {
    method: 'POST',
    path: '/login',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
  });
  expect(answer.rawHeaders.join('\n')).not.toContain('own=1');
  const page = await rawRequest(salon.url, {
    path: '/images?x=%0d%0aSet-Cookie:own=1',
    headers: { accept: 'text/html' },
  });
  expect(page.status).toBe(302);
  expect(page.rawHeaders.join('\n').toLowerCase()).not.toContain('\nset-cookie');
});

it('leads people who are not signed in to the sign-in page and back', async () => {
  const answer = await salon.anonymous().get('/history?q=1').set('accept', 'text/html').expect(302);
  expect(answer.headers['location']).toBe('/login?next=%2Fhistory%3Fq%3D1');
  const start = await salon.anonymous().get('/').set('accept', 'text/html').expect(302);
  expect(start.headers['location']).toBe('/login');
  await salon.anonymous().head('/history').set('accept', 'text/html').expect(302);
  await salon.anonymous().get('/settings').expect(302);
  await salon.anonymous().get('/settings').set('accept', 'application/json').expect(401);
});
