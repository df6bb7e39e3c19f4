import { afterEach, beforeEach, expect, it } from 'vitest';
import { ipKey } from '../../src/lib/ip.ts';
import { query } from '../support/database.ts';
import { startSalon, type Salon } from '../support/salon.ts';

let salon: Salon;
const password = 'correct horse 1';
beforeEach(async () => {
  salon = await startSalon({ TRUST_PROXY: '1' });
  await salon.signUp('Ana');
});
afterEach(() => salon.close());

function signIn(username: string, secret: string, address = '203.0.113.1') {
  return salon
    .anonymous()
    .post('/login')
    .set('x-forwarded-for', address)
    .send({ username, password: secret });
}
const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status);

it('after ten wrong passwords an account says 429 with Retry-After, also to the right one', async () => {
  for (let i = 0; i < 10; i++) await signIn('Ana', 'wrong guess', `203.0.113.${i}`).expect(401);
  const answer = await signIn('ana', password, '203.0.113.99').expect(429);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(500);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(600);
  expect(answer.body).toMatchObject({ code: 'limited', status: 429 });
  const page = await salon
    .anonymous()
    .post('/login')
    .type('form')
    .send({ username: 'Ana', password })
    .expect(429);
  expect(page.headers['retry-after']).toBeDefined();
  expect(page.text).toContain('value="Ana"');
});

it('an unknown name is throttled in the same way', async () => {
  for (let i = 0; i < 10; i++) await signIn('Nobody', 'wrong guess', `203.0.113.${i}`).expect(401);
  await signIn('Nobody', 'wrong guess', '203.0.113.99').expect(429);
  await signIn('Ana', password, '203.0.113.99').expect(200);
});

it('of 40 guesses at the same time no more than ten are answered', async () => {
  const guesses = Array.from({ length: 40 }, (_, i) => signIn('Ana', `wrong guess ${i}`, `203.0.113.${i}`));
  const seen = statuses(await Promise.all(guesses));
  expect(seen.filter((status) => status === 401)).toHaveLength(10);
  expect(seen.filter((status) => status === 429)).toHaveLength(30);
});

it('an address is refused after 50 failures, whatever the names; another address is not', async () => {
  for (let i = 0; i < 50; i++) query(salon.dir, countFailure, 'ip:203.0.113.1', Date.now() + 600_000);
  await signIn('Ana', password).expect(429);
  await signIn('Nobody', password).expect(429);
  await signIn('Ana', password, '203.0.113.2').expect(200);
});

it('60 guesses at 60 names from one address are answered 50 times', async () => {
  const guesses = Array.from({ length: 60 }, (_, i) => signIn(`Name ${i}`, 'wrong guess'));
  const seen = statuses(await Promise.all(guesses));
  expect(seen.filter((status) => status === 401)).toHaveLength(50);
  expect(seen.filter((status) => status === 429)).toHaveLength(10);
});

it('counts failures only: signing in often is no offence, and success forgives the account', async () => {
  for (let i = 0; i < 9; i++) await signIn('Ana', 'wrong guess').expect(401);
  for (let i = 0; i < 12; i++) await signIn('Ana', password).expect(200);
  for (let i = 0; i < 9; i++) await signIn('Ana', 'wrong guess').expect(401);
  await signIn('Ana', password).expect(200);
});

it('forgets failures after ten minutes, and remembers them over a restart', async () => {
  for (let i = 0; i < 10; i++) await signIn('Ana', 'wrong guess').expect(401);
  await salon.restart();
  await signIn('Ana', password).expect(429);
  query(salon.dir, 'update throttles set expires_at = ?', Date.now() - 1);
  await signIn('Ana', password).expect(200);
});

it('throttles the current password of the password form with the same counter', async () => {
  const agent = salon.visitor();
  await agent.post('/login').send({ username: 'Ana', password }).expect(200);
  const change = { current_password: 'wrong guess', password: 'another good one' };
  for (let i = 0; i < 10; i++) await agent.post('/settings/password').send(change).expect(422);
  const answer = await agent
    .post('/settings/password')
    .send({ ...change, current_password: password })
    .expect(429);
  expect(answer.headers['retry-after']).toBeDefined();
});

it('without a trusted proxy nobody can choose an address', async () => {
  const direct = await startSalon();
  try {
    await direct.signUp('Ana');
    const headers = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'cf-connecting-ip'];
    for (const [i, name] of headers.entries())
      await direct
        .anonymous()
        .post('/login')
        .set(name, `203.0.113.${i}`)
        .send({ username: `N${i}`, password })
        .expect(401);
    expect(query(direct.dir, "select key, points from throttles where key like 'ip:%'")).toEqual([
      { key: 'ip:127.0.0.1', points: 4 },
    ]);
  } finally {
    await direct.close();
  }
});

it('an IPv6 subscriber is one address, and a mapped IPv4 address is that address', () => {
  expect(ipKey('2001:db8:1:2:3:4:5:6')).toBe(ipKey('2001:0db8:0001:0002:ffff::1'));
  expect(ipKey('2001:db8:1:2::1')).not.toBe(ipKey('2001:db8:1:3::1'));
  expect(ipKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(ipKey('fe80::1%eth0')).toBe(ipKey('FE80::2'));
  expect(ipKey('::1')).toBe('0:0:0:0::/64');
});

const countFailure = `insert into throttles (key, points, expires_at) values (?, 1, ?)
  on conflict (key) do update set points = points + 1`;
