import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { openDatabase, query } from '../support/database.ts';
import { cookieOf } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';
import { password, sessionsOfAna } from './sessions-setup.ts';

let salon: Salon;
setUpAgents(['Ana'], (...opened) => ([salon] = opened));

const { signIn, me } = sessionsOfAna(() => salon);

it('over http the cookie is salon, HttpOnly, Lax, for the whole site, 30 days', async () => {
  const { header, cookie } = await signIn();
  expect(header).toMatch(/^salon=s%3A[\w-]{32}\./);
  expect(header).toMatch(/; Path=\/; /);
  expect(header).toContain('HttpOnly');
  expect(header).toContain('SameSite=Lax');
  expect(header).not.toMatch(/Secure|Domain/i);
  const days = (Date.parse(/Expires=([^;]+)/.exec(header)?.[1] ?? '') - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(30);
  const value = decodeURIComponent(cookie).slice(8, 40);
  const page = await salon.anonymous().get('/settings').set({ cookie, accept: 'text/html' }).expect(200);
  expect(page.text).not.toContain(value);
  expect(page.headers['set-cookie']).toBeUndefined();
});

it('with an https BASE_URL the cookie is __Host-salon and Secure, also behind no trusted proxy', async () => {
  const secure = await startSalon({ BASE_URL: 'https://salon.example.org', NODE_ENV: 'development' });
  try {
    const answer = await secure.anonymous().post('/register').send({ username: 'Ana', password }).expect(200);
    const [header = ''] = answer.headers['set-cookie'] as unknown as string[];
    expect(header).toMatch(/^__Host-salon=s%3A/);
    expect(header).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax/);
    expect(header).not.toMatch(/Domain/i);
    const cookie = header.split(';')[0] ?? '';
    await secure.anonymous().get('/conversations').set('cookie', cookie).expect(200);
    expect(answer.headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
  } finally {
    await secure.close();
  }
});

it('sets no cookie for people who only look', async () => {
  for (const path of ['/login', '/register', '/nowhere', '/healthz', '/assets/css/app.css', '/logout']) {
    const answer = await salon.anonymous().get(path).set('accept', 'text/html');
    expect([path, answer.headers['set-cookie']]).toEqual([path, undefined]);
  }
});

it('keeps session ids only as hashes', async () => {
  const { cookie } = await signIn();
  const id = decodeURIComponent(cookie).slice('salon=s:'.length).split('.')[0] ?? '';
  const hash = createHash('sha256').update(id).digest('base64url');
  expect(query(salon.dir, 'select 1 from sessions where id_hash = ?', hash)).toHaveLength(1);
  expect(JSON.stringify(query(salon.dir, 'select * from sessions'))).not.toContain(id);
});

it('makes no durable write when pages are read, and renews a session that is older than five minutes once', async () => {
  const { cookie } = await signIn();
  const db = openDatabase(salon.dir);
  const version = () => db.pragma('data_version', { simple: true });
  try {
    const before = version();
    for (const path of ['/', '/history', '/images', '/settings', '/conversations', '/login', '/nowhere']) {
      const answer = await salon.anonymous().get(path).set({ cookie, accept: 'text/html' });
      expect([path, answer.headers['set-cookie']]).toEqual([path, undefined]);
    }
    expect(version()).toBe(before);

    const aged = Date.now() - 6 * 60_000;
    db.prepare('update sessions set touched_at = ?, expires_at = ?').run(aged, aged + 10 ** 9);
    const [begun] = query(salon.dir, 'select content from sessions');
    const renewed = await me(cookie).expect(200);
    expect(cookieOf(renewed.headers)).toBe(cookie);
    const [row] = query(salon.dir, 'select max(expires_at) as expires_at from sessions');
    expect(Number(row?.['expires_at'])).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    // Only the times are written: what else the session keeps may have been changed at the same time.
    expect(query(salon.dir, 'select content from sessions')).toContainEqual(begun);
    const after = version();
    await me(cookie).expect(200);
    expect(version()).toBe(after);
  } finally {
    db.close();
  }
});
