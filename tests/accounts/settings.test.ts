import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { cookieOf } from '../support/raw-http.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let ana: Agent;
const password = 'correct horse 1';
setUpAgents(['Ana'], (...opened) => ([salon, ana] = opened));

const form = (agent: Agent, path: string, fields: Record<string, string>) =>
  agent.post(path).type('form').send(fields);

it('shows the settings as a page, and as JSON to who names it', async () => {
  const page = await ana.get('/settings').expect(200);
  expect(page.headers['content-type']).toContain('text/html');
  const json = await ana.get('/settings').set('accept', 'application/json').expect(200);
  expect(json.body).toEqual({
    username: 'Ana',
    language: null,
    theme: 'system',
    time_zone: null,
    automatic_titles: true,
  });
});

it('changes language, theme and time zone by form, and every page follows', async () => {
  const fields = { language: 'de', theme: 'dark', time_zone: 'Europe/Berlin' };
  const answer = await form(ana, '/settings', fields).expect(303);
  expect(answer.headers['location']).toBe('/settings?saved=settings');
  const page = await ana.get('/settings?saved=settings').expect(200);
  expect(page.text).toContain('<html lang="de" data-theme="dark">');
  expect(page.text).toMatch(/<option[^>]* selected>Europe\/Berlin</);
  const missing = await ana.get('/nowhere').set('accept', 'text/html').expect(404);
  expect(missing.text).toContain('lang="de"');
  await form(ana, '/settings', { language: '', theme: 'system', time_zone: 'UTC' }).expect(303);
  expect(query(salon.dir, "select language, theme, time_zone from users where username = 'Ana'")).toEqual([
    { language: null, theme: 'system', time_zone: 'UTC' },
  ]);
});

it('changes only what JSON names', async () => {
  const dark = await ana.patch('/settings').send({ theme: 'dark' }).expect(200);
  expect(dark.body).toMatchObject({ theme: 'dark', language: null, time_zone: 'UTC' });
  const german = await ana.patch('/settings').send({ language: 'de' }).expect(200);
  expect(german.body).toMatchObject({ theme: 'dark', language: 'de' });
  const back = await ana.post('/settings').send({ language: null, theme: 'system' }).expect(200);
  expect(back.body).toMatchObject({ theme: 'system', language: null });
});

it('refuses values that are not offered with 422 and draws the form again', async () => {
  const wrong: [string, unknown][] = [
    ['language', 'fr'],
    ['language', 7],
    ['theme', 'pink'],
    ['theme', null],
    ['time_zone', 'Mars/Base'],
    ['time_zone', '../../etc/passwd'],
    ['time_zone', ['UTC']],
  ];
  for (const [field, value] of wrong) {
    const answer = await ana
      .patch('/settings')
      .send({ [field]: value })
      .expect(422);
    expect(answer.body.errors).toEqual([{ field, message: expect.stringMatching(/\w/) }]);
  }
  const page = await form(ana, '/settings', { theme: 'dark', language: 'fr', time_zone: 'UTC' }).expect(422);
  expect(page.text).toMatch(/value="dark" checked/);
  expect(page.text).toContain('Choose one of the offered values.');
  expect(query(salon.dir, "select theme from users where username = 'Ana'")).toEqual([{ theme: 'system' }]);
});

it('settings change nothing but settings', async () => {
  await salon
    .signUp('Greedy')
    .then((greedy) =>
      greedy
        .patch('/settings')
        .send({ theme: 'light', role: 'admin', username: 'Ana', id: 'x', suspended_at: 1 })
        .expect(200),
    );
  const [row] = query(salon.dir, "select role, suspended_at, theme from users where username = 'Greedy'");
  expect(row).toEqual({ role: 'user', suspended_at: null, theme: 'light' });
});

it('a new password ends all other sessions and renews the own one', async () => {
  const signIn = async () =>
    cookieOf(
      (await salon.anonymous().post('/login').send({ username: 'Ana', password }).expect(200)).headers,
    );
  const [own, other, third] = [await signIn(), await signIn(), await signIn()];
  const me = (cookie: string) => salon.anonymous().get('/conversations').set('cookie', cookie);
  const change = { current_password: password, password: 'another good one' };
  const answer = await salon
    .anonymous()
    .post('/settings/password')
    .set('cookie', own)
    .send(change)
    .expect(200);
  const renewed = cookieOf(answer.headers);
  expect(renewed).not.toBe(own);
  await me(renewed).expect(200);
  for (const dead of [own, other, third]) await me(dead).expect(401);
  await salon.anonymous().post('/login').send({ username: 'Ana', password }).expect(401);
  ana = salon.visitor();
  await ana.post('/login').send({ username: 'Ana', password: 'another good one' }).expect(200);
});

it('changes the password by form with a notice on the settings page', async () => {
  const agent = await salon.signUp('Former');
  const fields = {
    current_password: password,
    password: 'another good one',
    password_confirmation: 'another good one',
  };
  const answer = await form(agent, '/settings/password', fields).expect(303);
  expect(answer.headers['location']).toBe('/settings?saved=password');
  const page = await agent.get('/settings?saved=password').expect(200);
  expect(page.text).toContain('Your password is changed.');
  const signIn = (typed: string) =>
    salon.anonymous().post('/login').send({ username: 'Former', password: typed });
  await signIn(password).expect(401);
  await signIn('another good one').expect(200);
});

it('refuses a wrong current, a bad and a mistyped new password, each with its field, and changes nothing', async () => {
  const agent = await salon.signUp('Careful');
  const good = { current_password: password, password: 'another good one' };
  const wrong: [object, string][] = [
    [{ ...good, current_password: 'not it at all' }, 'current_password'],
    [{ ...good, password: 'short' }, 'password'],
    [{ ...good, password: 'password1' }, 'password'],
    [{ ...good, password: 'x'.repeat(1025) }, 'password'],
    [{ ...good, password_confirmation: 'something else' }, 'password_confirmation'],
    [{ ...good, current_password: ['x'] }, 'current_password'],
    [{ password: 'another good one' }, 'current_password'],
  ];
  for (const [fields, field] of wrong) {
    const answer = await agent.post('/settings/password').send(fields).expect(422);
    expect(answer.body.errors[0].field).toBe(field);
  }
  const page = await form(agent, '/settings/password', { ...good, password: 'careful' }).expect(422);
  expect(page.text).toContain('Use at least 8 characters.');
  await salon.anonymous().post('/login').send({ username: 'Careful', password }).expect(200);
});

it('of two password changes at the same time one wins, and its password is the one that counts', async () => {
  const agent = await salon.signUp('Twice');
  const change = (next: string) =>
    agent.post('/settings/password').send({ current_password: password, password: next });
  const answers = await Promise.all([change('the first new one'), change('the second new one')]);
  const winners = answers.filter(({ status }) => status === 200);
  expect(winners).toHaveLength(1);
  expect([401, 409, 422]).toContain(answers.find(({ status }) => status !== 200)?.status);
  const signIns = ['the first new one', 'the second new one'].map((next) =>
    salon.anonymous().post('/login').send({ username: 'Twice', password: next }),
  );
  const statuses = (await Promise.all(signIns)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 401]);
});

it('needs a signed-in person', async () => {
  await salon.anonymous().patch('/settings').send({ theme: 'dark' }).expect(401);
  await salon.anonymous().post('/settings/password').send({}).expect(401);
});
