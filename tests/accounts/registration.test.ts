import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let admin: Agent;
setUpAgents(['The first'], (...opened) => ([salon, admin] = opened), {
  REGISTRATION: 'key',
  TRUST_PROXY: '1',
});

const password = 'long enough 1';
let lastAddress = 0;
/** Each caller from an address of its own, so that the throttle of one test does not touch another. */
const freshAddress = () => `203.0.113.${(lastAddress += 1)}`;
const register = (fields: object, address = freshAddress()) =>
  salon
    .anonymous()
    .post('/register')
    .set('x-forwarded-for', address)
    .send({ password, ...fields });
const newKey = async (order: object = {}): Promise<string> => {
  const { body } = await admin.post('/api/admin/keys/generate').send(order).expect(201);
  return (body as { keys: { key: string }[] }).keys[0]?.key ?? '';
};
const count = () => query<{ n: number }>(salon.dir, 'select count(*) as n from users')[0]?.n;

it('lets the very first person in without a key, as the admin', async () => {
  const { body } = await admin.get('/api/me').expect(200);
  expect(body.user).toMatchObject({ username: 'The first', role: 'admin' });
});

it('asks for a key by field, on the form and by JSON', async () => {
  const answer = await register({ username: 'Keyless' }).expect(422);
  expect(answer.body.errors).toEqual([{ field: 'registration_key', message: expect.any(String) }]);
  const page = await salon.anonymous().get('/register').set('accept', 'text/html').expect(200);
  expect(page.text).toMatch(/name="registration_key"[^>]* required/);
});

it('fills the key of an invite link in, and lets in who has it', async () => {
  const key = await newKey({ note: 'for Ida' });
  const page = await salon.anonymous().get(`/register?key=${key}`).set('accept', 'text/html').expect(200);
  expect(page.text).toContain(`value="${key}"`);
  expect(page.headers['referrer-policy']).toBe('same-origin');
  const answer = await register({ username: 'Ida', registration_key: key }).expect(200);
  expect(answer.body.user).toMatchObject({ username: 'Ida', role: 'user' });
  const { body } = await admin.get('/admin/keys').set('accept', 'application/json').expect(200);
  const listed = (body.keys as Record<string, unknown>[]).find(({ note }) => note === 'for Ida');
  expect(listed).toMatchObject({ uses: 1, max_uses: 1, created_by: 'The first' });
  expect(listed?.['used_by']).toEqual([{ username: 'Ida', used_at: expect.stringMatching(/Z$/) }]);
});

it('honours the same key by the door for programs', async () => {
  const fields = { username: 'Program', password };
  await salon.anonymous().post('/api/register').send(fields).expect(422);
  const key = await newKey();
  const { body } = await salon
    .anonymous()
    .post('/api/register')
    .send({ ...fields, registration_key: key })
    .expect(201);
  expect(body.access_token).toEqual(expect.any(String));
});

it('only the exact key works, and every wrong one gets the same answer', async () => {
  const key = await newKey();
  const used = await newKey();
  await register({ username: 'Used it', registration_key: used }).expect(200);
  const revoked = await newKey();
  const expired = await newKey();
  query(salon.dir, 'update registration_keys set expires_at = 1 where hint = ?', expired.slice(0, 4));
  const [row] = query<{ id: string }>(
    salon.dir,
    'select id from registration_keys where hint = ?',
    revoked.slice(0, 4),
  );
  await admin.post(`/admin/keys/${row?.id}/revoke`).set('accept', 'application/json').expect(200);
  const wrong = [
    ...[key.toLowerCase(), ` ${key}`, `${key} `, key.slice(0, -1), `${key}0`, `${key.slice(0, 8)}%`],
    ...[`${key.slice(0, -1)}_`, '%', 'unknown-key-0000', used, revoked, expired],
  ];
  const texts = new Set<string>();
  for (const registration_key of wrong) {
    const { body } = await register({ username: 'Guesser', registration_key }).expect(422);
    expect(body.code).toBe('registration_key_invalid');
    expect(body.errors).toEqual([{ field: 'registration_key', message: expect.any(String) }]);
    texts.add(JSON.stringify({ ...body, request_id: '' }));
  }
  expect(texts.size).toBe(1);
  await register({ username: 'Guesser', registration_key: key }).expect(200);
});

it('refuses the 31st wrong key of an address, whichever it is, and says when to come back', async () => {
  const key = await newKey();
  const address = freshAddress();
  const statuses: number[] = [];
  for (let i = 0; i < 31; i += 1)
    statuses.push(
      (await register({ username: 'Robot', registration_key: `guess-${i}-000000` }, address)).status,
    );
  expect(statuses).toEqual([...Array<number>(30).fill(422), 429]);
  const answer = await register({ username: 'Robot', registration_key: key }, address).expect(429);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  await register({ username: 'Neighbour', registration_key: key }).expect(200);
});

it('thirty at once with a key for three make three accounts, and the key is never used once too often', async () => {
  const key = await newKey({ max_uses: 3 });
  const before = count() ?? 0;
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => register({ username: `Racer ${i}`, registration_key: key })),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(3);
  expect(statuses.filter((status) => status === 422)).toHaveLength(27);
  expect(count()).toBe(before + 3);
  const [row] = query(salon.dir, 'select uses from registration_keys where hint = ?', key.slice(0, 4));
  expect(row).toEqual({ uses: 3 });
});

it('keeps the key for another try when the name is taken', async () => {
  const key = await newKey();
  await register({ username: 'The First', registration_key: key }).expect(409);
  await register({ username: 'Another name', registration_key: key }).expect(200);
});

it('neither key rows nor roles come from the body', async () => {
  const key = await newKey();
  const extra = {
    role: 'admin',
    max_uses: 99,
    uses: -5,
    key_id: 'x',
    storage_limit_bytes: 0,
    suspended_at: 1,
  };
  const answer = await register({ username: 'Greedy key', registration_key: key, ...extra }).expect(200);
  expect(answer.body.user).toMatchObject({ role: 'user' });
  await register({ username: 'Greedy two', registration_key: key }).expect(422);
});

it('keeps no key in the database or the log, only what cannot be turned back', async () => {
  const key = await newKey();
  await register({ username: 'Stored', registration_key: key }).expect(200);
  const rows = JSON.stringify(query(salon.dir, 'select * from registration_keys'));
  expect(rows).not.toContain(key);
  expect(JSON.stringify(await salon.allLogLines())).not.toContain(key);
});

it('says on a page that registration is closed, to keys too, and leads nobody there', async () => {
  const closed = await startSalon({ REGISTRATION: 'closed' });
  try {
    const first = await closed.signUp('The first');
    const page = await closed.anonymous().get('/register').set('accept', 'text/html').expect(403);
    expect(page.text).toContain('No new accounts can be created here');
    const login = await closed.anonymous().get('/login').set('accept', 'text/html').expect(200);
    expect(login.text).not.toContain('href="/register');
    const made = await first.post('/api/admin/keys/generate').send({}).expect(201);
    const registration_key = String(made.body.keys[0].key);
    for (const path of ['/register', '/api/register']) {
      const answer = await closed
        .anonymous()
        .post(path)
        .send({ username: 'Late', password, registration_key })
        .expect(403);
      expect(answer.body.code).toBe('registration_closed');
    }
  } finally {
    await closed.close();
  }
});

it('takes exactly one of many first accounts at once where registration is closed', async () => {
  const closed = await startSalon({ REGISTRATION: 'closed' });
  try {
    const names = ['One', 'Two', 'Three', 'Four', 'Five'];
    const answers = await Promise.all(
      names.map((username) => closed.anonymous().post('/register').send({ username, password })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403]);
  } finally {
    await closed.close();
  }
});

it('uses a good key where registration is open, refuses a wrong one, passes over an empty one', async () => {
  const open = await startSalon();
  try {
    const first = await open.signUp('The first');
    const made = await first.post('/api/admin/keys/generate').send({}).expect(201);
    const key = String(made.body.keys[0].key);
    const send = (fields: object) =>
      open
        .anonymous()
        .post('/register')
        .send({ password, ...fields });
    await send({ username: 'A', registration_key: '' }).expect(200);
    await send({ username: 'B', registration_key: 'wrong' }).expect(422);
    await send({ username: 'C', registration_key: key }).expect(200);
    await send({ username: 'D', registration_key: key }).expect(422);
  } finally {
    await open.close();
  }
});
