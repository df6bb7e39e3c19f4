import bcrypt from 'bcrypt';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

const password = 'correct horse 1';
let salon: Salon;
let admin: Agent;
let ana: Agent;
beforeAll(async () => {
  salon = await startSalon();
  admin = await salon.signUp('Root');
  ana = await salon.signUp('Ana');
  await salon.signUp('Suspended');
  query(salon.dir, "update users set suspended_at = 1 where username = 'Suspended'");
});
afterAll(() => salon.close());

const idOf = (name: string) =>
  query<{ id: string }>(salon.dir, 'select id from users where username = ?', name)[0]?.id ?? '';
type Line = { action: string; count: number; actor: { username: string } | null; object: { id: string } };
/** Something to wait for until it is opened. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
const denials = async () => {
  const answer = await admin.get('/admin/audit?outcome=denied').set('accept', 'application/json').expect(200);
  return answer.body.entries as Line[];
};

it.each(['/login', '/', '/api/login'])(
  '%s compares one hash of the same cost, whether the name is known, unknown or suspended',
  async (path) => {
    const compare = vi.spyOn(bcrypt, 'compare');
    try {
      for (const username of ['Ana', 'Nobody at all', 'Suspended']) {
        compare.mockClear();
        await salon.anonymous().post(path).send({ username, password: 'a wrong password' }).expect(401);
        expect(compare.mock.calls.map(([, hash]) => bcrypt.getRounds(hash))).toEqual([10]);
      }
    } finally {
      compare.mockRestore();
    }
  },
);

it('a password typed as a name stays neither in the database nor in the log', async () => {
  const typed = 'Canary-pass-word 4711';
  for (const path of ['/login', '/api/login'])
    await salon.anonymous().post(path).send({ username: typed, password: typed }).expect(401);
  await salon.anonymous().post('/login').type('form').send({ username: typed, password: typed }).expect(401);
  await denials();
  const kept = ['throttles', 'audit_entries', 'sessions'].map((table) =>
    query(salon.dir, `select * from ${table}`),
  );
  expect(JSON.stringify([kept, await salon.allLogLines()]).toLowerCase()).not.toContain('canary');
});

it('the token of a one-time link is not logged, however its address was mistyped', async () => {
  const made = await admin
    .post(`/admin/people/${idOf('Ana')}/reset`)
    .send({})
    .expect(201);
  const token = (made.body.url as string).split('/').at(-1) ?? '';
  for (const path of [`/reset/${token}`, `/rest/${token}`, `/salon/reset/${token}/`, `/%72eset/${token}`])
    await salon.anonymous().get(path);
  const mistyped = async () => (await salon.logLines()).filter(({ path }) => path === '/rest/…');
  expect(await eventually(async () => ((await mistyped()).length > 0 ? mistyped() : undefined))).toHaveLength(
    1,
  );
  expect(JSON.stringify(await salon.allLogLines())).not.toContain(token);
});

it('an administrator’s token makes no link to a password, neither the own nor another’s', async () => {
  const { body } = await salon
    .anonymous()
    .post('/api/login')
    .send({ username: 'Root', password })
    .expect(200);
  const bearer = { authorization: `Bearer ${body.access_token as string}` };
  for (const name of ['Root', 'Ana']) {
    const answer = await salon
      .anonymous()
      .post(`/admin/people/${idOf(name)}/reset`)
      .set(bearer)
      .send({});
    expect([answer.status, answer.body.code]).toEqual([403, 'session_needed']);
  }
});

it('a wrong current password leaves one line that counts, a new one that is too short leaves none', async () => {
  const change = (current: string, next: string) =>
    ana.post('/settings/password').send({ current_password: current, password: next });
  await change(password, 'short').expect(422);
  for (let i = 0; i < 3; i++) await change('a wrong password', 'another good one 2').expect(422);
  const lines = (await denials()).filter(({ action }) => action === 'account.password');
  expect(lines).toMatchObject([{ count: 3, actor: { username: 'Ana' } }]);
  expect(JSON.stringify(lines)).not.toContain('wrong password');
});

it('whoever tries the ids of others leaves one line for each kind of thing', async () => {
  const begun = await admin.post('/conversations').send({ title: 'Not Ana’s' }).expect(201);
  for (const id of [begun.body.id as string, '0'.repeat(26)]) {
    await ana.get(`/conversations/${id}`).set('accept', 'application/json').expect(404);
    await ana.delete(`/settings/keys/${id}`).expect(404);
    await ana.delete(`/settings/sessions/${id}`).expect(404);
  }
  await ana.get('/no/such/page').expect(404);
  const lines = (await denials()).filter(({ action }) => action === 'access.not_found');
  expect(lines.map(({ count, actor, object }) => [object.id, count, actor?.username]).sort()).toEqual([
    ['DELETE /settings/keys/:id', 2, 'Ana'],
    ['DELETE /settings/sessions/:id', 2, 'Ana'],
    ['GET /conversations/:id', 2, 'Ana'],
  ]);
});

it.each(['/login', '/api/login'])(
  'a sign-in by %s that was under way while the password was replaced opens nothing',
  async (path) => {
    const name = `Racer ${path}`;
    await salon.signUp(name);
    const { body } = await admin
      .post(`/admin/people/${idOf(name)}/reset`)
      .send({})
      .expect(201);
    const compare = bcrypt.compare.bind(bcrypt);
    const [isCompared, isReplaced] = [gate(), gate()];
    const held = vi.spyOn(bcrypt, 'compare').mockImplementation((async (text: string, hash: string) => {
      const matches = await compare(text, hash);
      isCompared.open();
      await isReplaced.passed;
      return matches;
    }) as typeof bcrypt.compare);
    try {
      const signIn = salon.anonymous().post(path).send({ username: name, password }).then();
      await isCompared.passed;
      await salon
        .anonymous()
        .post(new URL(body.url as string).pathname)
        .send({ password: 'replaced meanwhile 2' })
        .expect(204);
      isReplaced.open();
      expect((await signIn).status).toBe(401);
    } finally {
      held.mockRestore();
    }
    for (const table of ['sessions', 'token_families'])
      expect(query(salon.dir, `select 1 from ${table} where user_id = ?`, idOf(name))).toEqual([]);
  },
);
