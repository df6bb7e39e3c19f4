import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Salon } from '../support/salon.ts';
import { setUpTokens, type Pair } from './token-client.ts';

let salon: Salon;
const { password, post, signIn, bearer, me } = setUpTokens((opened) => (salon = opened));
const families = () => query(salon.dir, 'select id from token_families').length;

it('gives a new pair for a refresh token, from the body or as the bearer, without any cookie', async () => {
  const first = await signIn();
  const second = (await post('/api/refresh', { refresh_token: first.refresh_token }).expect(200))
    .body as Pair;
  expect(Object.keys(second).sort()).toEqual(['access_token', 'expires_in', 'refresh_token', 'token_type']);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  const third = await post('/api/refresh', undefined, bearer(second.refresh_token)).expect(200);
  expect(third.headers['set-cookie']).toBeUndefined();
  await me(third.body.access_token as string).expect(200);
  // Of one family: the earlier access tokens run on until their quarter of an hour is over.
  await me(first.access_token).expect(200);
});

it('ends the whole family when a refresh token is used again', async () => {
  const first = await signIn();
  const other = await signIn();
  const second = (await post('/api/refresh', { refresh_token: first.refresh_token }).expect(200))
    .body as Pair;
  await me(second.access_token).expect(200);
  const reuse = await post('/api/refresh', { refresh_token: first.refresh_token }).expect(401);
  expect(reuse.body).toMatchObject({ code: 'unauthorized' });
  for (const token of [first.access_token, second.access_token]) await me(token).expect(401);
  await post('/api/refresh', { refresh_token: second.refresh_token }).expect(401);
  await me(other.access_token).expect(200);
});

it('of many refreshes at once with one token exactly one wins, and the family ends', async () => {
  const { refresh_token } = await signIn();
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('/api/refresh', { refresh_token })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(401)]);
  const winner = answers.find(({ status }) => status === 200)?.body as Pair;
  await me(winner.access_token).expect(401);
  await post('/api/refresh', { refresh_token: winner.refresh_token }).expect(401);
});

it('refuses what is no refresh token of ours, an access token included', async () => {
  const { access_token } = await signIn();
  for (const token of ['', 'x', 'a'.repeat(43), access_token, ['x'], { a: 1 }, 7, null])
    await post('/api/refresh', { refresh_token: token }).expect(401);
  await post('/api/refresh').expect(401);
});

it('signs a client out by either token, and nothing of its family works any more', async () => {
  const byAccess = await signIn();
  await post('/api/logout', undefined, bearer(byAccess.access_token)).expect(204);
  const byRefresh = await signIn();
  await post('/api/logout', { refresh_token: byRefresh.refresh_token }).expect(204);
  for (const pair of [byAccess, byRefresh]) {
    await me(pair.access_token).expect(401);
    await post('/api/refresh', { refresh_token: pair.refresh_token }).expect(401);
    await post('/api/logout', { refresh_token: pair.refresh_token }).expect(401);
  }
  await post('/api/logout').expect(401);
});

it('keeps tokens only as hashes, and never writes one into the log', async () => {
  const { refresh_token, access_token } = await signIn();
  await post('/api/refresh', { refresh_token }).expect(200);
  const rows = JSON.stringify(query(salon.dir, 'select * from refresh_tokens'));
  const lines = JSON.stringify(await salon.allLogLines());
  for (const secret of [refresh_token, access_token]) {
    expect(rows).not.toContain(secret);
    expect(lines).not.toContain(secret);
  }
});

it('ends old tokens and families by their time', async () => {
  const { access_token, refresh_token } = await signIn();
  query(salon.dir, 'update refresh_tokens set expires_at = 1');
  await post('/api/refresh', { refresh_token }).expect(401);
  await me(access_token).expect(200);
  query(salon.dir, 'update token_families set expires_at = 1');
  await me(access_token).expect(401);
});

it('keeps at most a hundred clients of one person signed in', async () => {
  const [ana] = query<{ id: string }>(salon.dir, "select id from users where username = 'Ana'");
  for (let i = 0; i < 110; i++)
    query(
      salon.dir,
      `insert into token_families (id, user_id, created_at, refreshed_at, expires_at) values ('f${i}', ?, 1, 1, 9e15)`,
      ana?.id,
    );
  expect(families()).toBeGreaterThan(100);
  await signIn();
  expect(query(salon.dir, 'select id from token_families where user_id = ?', ana?.id)).toHaveLength(100);
});

it('writes sign-in, reuse and sign-out into the audit log, with who and from where', async () => {
  const own = await startSalon();
  try {
    const ask = (path: string, body: object) => own.anonymous().post(path).send(body);
    const account = { username: 'Ana', password };
    const first = (await ask('/api/register', account).expect(201)).body as Pair;
    await ask('/api/login', { ...account, password: 'not it at all' }).expect(401);
    const second = (await ask('/api/login', account).expect(200)).body as Pair;
    for (const status of [200, 401])
      await ask('/api/refresh', { refresh_token: first.refresh_token }).expect(status);
    await ask('/api/logout', { refresh_token: second.refresh_token }).expect(204);
    for (const path of ['/api/refresh', '/api/logout'])
      await ask(path, { refresh_token: 'x'.repeat(43) }).expect(401);
    // What nobody signed in did is gathered, and stored at the latest in the end.
    await own.restart();
    const entries = query(
      own.dir,
      'select actor_name, action, outcome, auth_method from audit_entries order by at, id',
    );
    const line = (action: string, outcome: string, method = 'token', actor: string | null = 'Ana') => ({
      actor_name: actor,
      action,
      outcome,
      auth_method: method,
    });
    expect(entries.filter(({ actor_name: actor }) => actor !== null)).toEqual([
      line('account.register', 'done'),
      line('account.sign_in', 'done'),
      line('account.sign_in', 'done'),
      line('token.reuse', 'denied'),
      line('account.sign_out', 'done'),
    ]);
    const nobodys = ['account.sign_in', 'token.refresh', 'account.sign_out'];
    expect(entries.filter(({ actor_name: actor }) => actor === null)).toEqual(
      nobodys.map((action) => line(action, 'denied', 'none', null)),
    );
  } finally {
    await own.close();
  }
});
