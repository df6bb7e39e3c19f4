import bcrypt from 'bcrypt';
import { expect, it, vi } from 'vitest';
import { query } from '../support/database.ts';
import type { Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let count = 0;
setUpAgents([], (...opened) => ([salon] = opened));

const register = (password: string, username = `Person ${count++}`) =>
  salon.anonymous().post('/register').send({ username, password });
const signIn = (username: string, password: string) =>
  salon.anonymous().post('/login').send({ username, password });

it('takes passwords of 8 to 1,024 characters, counted as characters', async () => {
  await register('7 chars').expect(422);
  await register('🦊🐻🐼🐨🐯🦁🐮').expect(422);
  await register('🦊🐻🐼🐨🐯🦁🐮🐷').expect(200);
  await register('8 chars!').expect(200);
  await register('ab'.repeat(512)).expect(200);
  const answer = await register(`${'ab'.repeat(512)}c`).expect(422);
  expect(answer.body.errors).toEqual([{ field: 'password', message: 'Use at most 1024 characters.' }]);
});

it('every byte of a long password counts', async () => {
  const ascii = 'ab'.repeat(36);
  await register(`${ascii}one`, 'Long ascii').expect(200);
  await signIn('Long ascii', `${ascii}two`).expect(401);
  await signIn('Long ascii', ascii).expect(401);
  await signIn('Long ascii', `${ascii}one`).expect(200);
  const wide = 'äö'.repeat(18);
  await register(`${wide}-one`, 'Long wide').expect(200);
  await signIn('Long wide', `${wide}-two`).expect(401);
  await signIn('Long wide', `${wide}-one`).expect(200);
  await register('before\u0000after1', 'With NUL').expect(200);
  await signIn('With NUL', 'before\u0000after2').expect(401);
});

it('a long passphrase with blanks and other scripts is taken as it is', async () => {
  const passphrase = 'мой любимый пароль длиннее чем твой ☀ 我最喜歡的密碼 und noch etwas.'
    .padEnd(64, '!')
    .slice(0, 64);
  await register(passphrase, 'Passphrase').expect(200);
  await signIn('Passphrase', passphrase).expect(200);
  await signIn('Passphrase', passphrase.normalize('NFD')).expect(200);
  await signIn('Passphrase', ` ${passphrase}`).expect(401);
});

it('refuses common passwords, runs, repeats and the own name', async () => {
  for (const common of [
    'password',
    'Password1',
    'QWERTYUIOP',
    '12345678',
    'abcdefgh',
    '87654321',
    'aaaaaaaa',
    'passwort1',
  ]) {
    const answer = await register(common).expect(422);
    expect(answer.body.errors[0].field).toBe('password');
    expect(answer.body.errors[0].message).toContain('common');
  }
  const own = await register('Rumpelstilz', 'rumpelstilz').expect(422);
  expect(own.body.errors).toEqual([{ field: 'password', message: 'The password must not be your name.' }]);
  await register('ＲＵＭＰＥＬＳＴＩＬＺ', 'rumpelstilz').expect(422);
});

it('20 passwords of 10 MB at once are refused before any hashing, and nobody waits for them', async () => {
  const body = JSON.stringify({ username: 'Person 0', password: 'x'.repeat(10 * 1024 * 1024) });
  // A server may answer and close while the client still sends, which the client sees as a broken connection.
  const floods = Array.from({ length: 20 }, () =>
    fetch(`${salon.url}/login`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    }).then(
      ({ status }) => status,
      () => 413,
    ),
  );
  await salon.anonymous().get('/healthz').expect(200);
  expect(new Set(await Promise.all(floods))).toEqual(new Set([413]));
  expect(query(salon.dir, "select 1 from throttles where key = 'account:person 0'")).toEqual([]);
});

it('hashes no new password that is longer than any may be, and refuses it at sign-in', async () => {
  const hash = vi.spyOn(bcrypt, 'hash');
  try {
    const answer = await register('x'.repeat(20_000)).expect(422);
    expect(answer.body.errors[0].message).toBe('Use at most 1024 characters.');
    expect(hash).not.toHaveBeenCalled();
    await register('as long as may be').expect(200);
    expect(hash).toHaveBeenCalledOnce();
  } finally {
    hash.mockRestore();
  }
  await signIn('Long ascii', 'x'.repeat(20_000)).expect(401);
});

it('keeps passwords as bcrypt hashes of cost 10', async () => {
  await register('only my own secret', 'Hashed').expect(200);
  const [row] = query(salon.dir, "select * from users where username = 'Hashed'");
  expect(row?.['password_hash']).toMatch(/^\$2b\$10\$/);
  expect(JSON.stringify(row)).not.toContain('only my own secret');
});
