import { expect, it } from 'vitest';
import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose';
import { query } from '../support/database.ts';
import { rawRequest } from '../support/raw-http.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { setUpTokens } from './token-client.ts';

let salon: Salon;
const { password, post, signIn, bearer, me } = setUpTokens((opened) => (salon = opened));

it('registers by JSON with 201, a user and a pair of tokens, and sets no cookie', async () => {
  const answer = await post('/api/register', { username: 'Bo', password }).expect(201);
  expect(answer.body).toEqual({
    user: { id: expect.any(String), username: 'Bo', role: 'user', created_at: expect.any(String) },
    access_token: expect.any(String),
    refresh_token: expect.stringMatching(/^[\w-]{43}$/),
    token_type: 'Bearer',
    expires_in: 900,
  });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers['cache-control']).toContain('no-store');
  await post('/api/register', { username: 'bo', password }).expect(409);
  const wrong = await post('/api/register', { username: 'Cy', password: 'short' }).expect(422);
  expect(wrong.body.errors[0].field).toBe('password');
  await post('/api/register', { username: { $ne: 1 }, password }).expect(422);
});

it('registering by JSON takes no role and no id', async () => {
  const body = { username: 'Greedy', password, role: 'admin', id: 'x', suspended_at: 1 };
  const answer = await post('/api/register', body).expect(201);
  expect(answer.body.user).toMatchObject({ role: 'user' });
  expect(answer.body.user.id).not.toBe('x');
});

it('signs in, and the access token opens what the session would', async () => {
  const { access_token: token, user } = await signIn();
  expect((await me(token).expect(200)).body).toEqual({
    user: { id: user.id, username: 'Ana', role: 'admin', created_at: expect.any(String) },
  });
  const made = await salon.anonymous().post('/conversations').set(bearer(token)).send({ title: 'By token' });
  expect(made.status).toBe(201);
  const page = await salon
    .anonymous()
    .get(`/conversations/${made.body.id}`)
    .set({ ...bearer(token), accept: 'text/html' });
  expect([page.status, page.headers['set-cookie']]).toEqual([200, undefined]);
  const answer = await salon.anonymous().get('/api/me').expect(401);
  expect(answer.headers['content-type']).toContain('json');
});

it('pins the algorithm and names the person, the family and the audience in the token', async () => {
  const { access_token: token, user } = await signIn();
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({ sub: user.id, iss: 'salon', aud: 'salon api', sid: expect.any(String) });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);
});

it('refuses wrong, foreign and altered tokens with 401 everywhere, and never falls back to the cookie', async () => {
  const { access_token: token } = await signIn();
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = decodeJwt(token);
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  const signed = (secret: string, change: object = {}, alg = 'HS256') =>
    new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
  const session = await salon.signUp('Cookie holder');
  const bad = [
    '',
    'x',
    'salon_x',
    `salon_${'a'.repeat(43)}`,
    none,
    `${head}.${body}.`,
    `${head}.${body}.${signature.slice(1)}`,
    `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'other' })).toString('base64url')}.${signature}`,
    await signed('a secret of somebody else, long enough'),
    await signed('a secret of somebody else, long enough, and longer for this', {}, 'HS512'),
    'a'.repeat(20_000),
  ];
  for (const one of bad) {
    for (const accept of ['application/json', 'text/html']) {
      const answer = await session.get('/conversations').set({ authorization: `Bearer ${one}`, accept });
      expect([one.slice(0, 40), accept, answer.status]).toEqual([one.slice(0, 40), accept, 401]);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
  }
  await session
    .get('/conversations')
    .set({ authorization: 'bearer', accept: 'application/json' })
    .expect(401);
  await session.get('/conversations').set('authorization', 'Basic YTpi').expect(200);
  await session.get('/conversations').expect(200);
});

it('takes no token of another Salon, nor one signed with the cookie secret itself', async () => {
  const secret = 'the very same secret of two Salons, long enough';
  const [one, two] = [await startSalon({ SESSION_SECRET: secret }), await startSalon()];
  try {
    const signUp = (where: Salon) =>
      where.anonymous().post('/api/register').send({ username: 'Ana', password }).expect(201);
    const { body } = await signUp(one);
    await signUp(two);
    const raw = await new SignJWT(decodeJwt(body.access_token as string))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret));
    await one.anonymous().get('/api/me').set(bearer(body.access_token)).expect(200);
    await one.anonymous().get('/api/me').set(bearer(raw)).expect(401);
    await two.anonymous().get('/api/me').set(bearer(body.access_token)).expect(401);
  } finally {
    await one.close();
    await two.close();
  }
});

it('looks the account up on each request: suspension, another role and deletion count at once', async () => {
  const { body } = await post('/api/register', { username: 'Fleeting', password }).expect(201);
  const set = (change: string) => query(salon.dir, `update users set ${change} where username = 'Fleeting'`);
  set("role = 'admin'");
  expect((await me(body.access_token).expect(200)).body.user.role).toBe('admin');
  set("role = 'user', suspended_at = 1");
  await me(body.access_token).expect(401);
  await post('/api/refresh', { refresh_token: body.refresh_token }).expect(401);
  set('suspended_at = null');
  await post('/api/refresh', { refresh_token: body.refresh_token }).expect(200);
  query(salon.dir, "delete from users where username = 'Fleeting'");
  await me(body.access_token).expect(401);
  expect(
    query(salon.dir, 'select 1 from refresh_tokens where family_id not in (select id from token_families)'),
  ).toEqual([]);
});

it('throttles sign-in by JSON together with sign-in by page', async () => {
  await post('/api/register', { username: 'Guessed', password }).expect(201);
  const guess = (path: string) => post(path, { username: 'Guessed', password: 'not it at all' });
  for (let i = 0; i < 5; i++) {
    await guess('/login').expect(401);
    expect((await guess('/api/login').expect(401)).body.code).toBe('wrong_credentials');
  }
  const limited = await guess('/api/login').expect(429);
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  await post('/api/login', { username: 'Guessed', password }).expect(429);
});

it('makes and ends no session for a request with a bearer', async () => {
  const { access_token } = await signIn();
  for (const [method, path] of [
    ['POST', '/login'],
    ['POST', '/register'],
    ['POST', '/'],
    ['POST', '/logout'],
    ['GET', '/logout'],
  ] as const) {
    const answer = await rawRequest(salon.url, { method, path, headers: bearer(access_token) });
    expect([path, answer.status, answer.headers['set-cookie']]).toEqual([path, 403, undefined]);
  }
});

it('when tokens cannot be looked up clients are told to wait, not signed out', async () => {
  const own = await startSalon();
  try {
    const { body } = await own.anonymous().post('/api/register').send({ username: 'Ana', password });
    query(own.dir, 'alter table token_families rename to away');
    const ask = () => own.anonymous().get('/api/me').set(bearer(body.access_token));
    const answer = await ask().expect(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    query(own.dir, 'alter table away rename to token_families');
    await ask().expect(200);
  } finally {
    await own.close();
  }
});
