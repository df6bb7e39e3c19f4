import { expect, it } from 'vitest';
import { idOfPerson, query } from '../support/database.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let admin: Agent;
let ben: Agent;
setUpAgents(['Ana', 'Ben'], (...opened) => ([salon, admin, ben] = opened));

const idOf = (name: string) => idOfPerson(salon.dir, name);
const rowOf = (name: string) => query(salon.dir, 'select * from users where username = ?', name)[0] ?? {};
const json = (agent: Agent, path: string) => agent.get(path).set('accept', 'application/json');
const patch = (agent: Agent, name: string, change: object) =>
  agent.patch(`/admin/people/${idOf(name)}`).send(change);
type PersonJson = { id: string; username: string; version: number };

it('lists people by name, searches, and pages by cursor', async () => {
  for (const name of ['Zoë 100%', 'Zoë_2', 'Émile']) await salon.signUp(name);
  const names = async (q: string) =>
    (
      (await json(admin, `/admin/people?q=${encodeURIComponent(q)}`).expect(200)).body.people as PersonJson[]
    ).map(({ username }) => username);
  expect(await names('zoË')).toEqual(['Zoë 100%', 'Zoë_2']);
  expect(await names('%')).toEqual(['Zoë 100%']);
  expect(await names('_')).toEqual(['Zoë_2']);
  expect(await names("' or 1=1 --")).toEqual([]);
  const all = await names('');
  const paged: string[] = [];
  let cursor = '';
  do {
    const { body } = await json(admin, `/admin/people?limit=2${cursor}`).expect(200);
    paged.push(...(body.people as PersonJson[]).map(({ username }) => username));
    cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : '';
  } while (cursor);
  expect(paged).toEqual(all);
  await json(admin, '/admin/people?cursor=%00').expect(422);
});

it('tells name, role and standing, and nothing else', async () => {
  const { body } = await json(admin, `/admin/people/${idOf('Ben')}`).expect(200);
  expect(body).toEqual({
    id: idOf('Ben'),
    username: 'Ben',
    role: 'user',
    suspended: false,
    being_deleted: false,
    created_at: expect.stringMatching(/Z$/),
    last_seen_at: expect.stringMatching(/Z$/),
    version: expect.any(Number),
  });
  const page = await admin
    .get(`/admin/people/${idOf('Ben')}`)
    .set('accept', 'text/html')
    .expect(200);
  expect(page.text).not.toContain(String(rowOf('Ben')['password_hash']));
});

it('an administrator opens nobody’s conversation or image', async () => {
  const begun = await ben.post('/conversations').send({ title: 'Private canary' }).expect(201);
  for (const accept of ['application/json', 'text/html']) {
    const answer = await admin.get(`/conversations/${begun.body.id}`).set('accept', accept).expect(404);
    expect(answer.text).not.toContain('canary');
  }
  await admin.patch(`/conversations/${begun.body.id}`).send({ title: 'Mine' }).expect(404);
  const { body: made } = await ben.post('/generate_image').send({ prompt: 'canary image' }).expect(200);
  const image = String(made.image_url);
  const [row] = query<{ id: string }>(salon.dir, "select id from images where prompt = 'canary image'");
  const shown = `/images/${row?.id}`;
  await ben.get(image).expect(200);
  await ben.get(shown).expect(200);
  for (const path of [image, `${image}?w=64`, `${image}?download=1`, shown])
    await admin.get(path).expect(404);
  await admin.patch(shown).send({ title: 'Mine' }).expect(404);
  await admin.delete(shown).expect(404);
  const pages = ['/conversations', '/images', '/history', '/admin/people', `/admin/people/${idOf('Ben')}`];
  for (const path of pages)
    expect((await admin.get(path).set('accept', 'text/html').expect(200)).text).not.toContain('canary');
});

it('another role ends every session, and counts from the next sign-in on', async () => {
  const again = () => ben.post('/login').send({ username: 'Ben', password: 'correct horse 1' }).expect(200);
  await json(ben, '/admin/people').expect(403);
  await patch(admin, 'Ben', { role: 'admin' }).expect(200);
  await json(ben, '/admin/people').expect(401);
  await again();
  await json(ben, '/admin/people').expect(200);
  await patch(admin, 'Ben', { role: 'user' }).expect(200);
  await json(ben, '/admin/people').expect(401);
  await again();
  await json(ben, '/admin/people').expect(403);
});

it('a standing that is neither yes nor no changes nothing, and a search may be of any length', async () => {
  await patch(admin, 'Ben', { suspended: true }).expect(200);
  for (const suspended of ['banana', 'no', 0, [], {}, ['false']])
    await patch(admin, 'Ben', { suspended }).expect(422);
  await ben.post('/login').send({ username: 'Ben', password: 'correct horse 1' }).expect(401);
  await patch(admin, 'Ben', { suspended: false }).expect(200);
  await ben.post('/login').send({ username: 'Ben', password: 'correct horse 1' }).expect(200);
  // Each of these letters becomes eighteen when names are compared.
  await json(admin, `/admin/people?q=${encodeURIComponent('\ufdfa'.repeat(1600))}`).expect(200);
});

it('suspends at once for every session and token, and lets in again only with the password', async () => {
  const cleo = await salon.signUp('Cleo');
  const login = { username: 'Cleo', password: 'correct horse 1' };
  const { body: pair } = await salon.anonymous().post('/api/login').send(login).expect(200);
  await patch(admin, 'Cleo', { suspended: true }).expect(200);
  await json(cleo, '/settings').expect(401);
  await salon.anonymous().get('/api/me').set('authorization', `Bearer ${pair.access_token}`).expect(401);
  await salon.anonymous().post('/login').send(login).expect(401);
  await patch(admin, 'Cleo', { suspended: false }).expect(200);
  await json(cleo, '/settings').expect(401);
  await salon.anonymous().post('/login').send(login).expect(200);
});

it('signs a person out everywhere', async () => {
  const dora = await salon.signUp('Dora');
  const login = { username: 'Dora', password: 'correct horse 1' };
  const { body: pair } = await salon.anonymous().post('/api/login').send(login).expect(200);
  await admin
    .post(`/admin/people/${idOf('Dora')}/sign-out`)
    .set('accept', 'application/json')
    .expect(204);
  await json(dora, '/settings').expect(401);
  await salon.anonymous().get('/api/me').set('authorization', `Bearer ${pair.access_token}`).expect(401);
  await salon.anonymous().post('/api/refresh').send({ refresh_token: pair.refresh_token }).expect(401);
});

it('a change takes role and standing alone', async () => {
  const before = rowOf('Ben');
  const extra = {
    id: 'x',
    username: 'Taken',
    username_key: 'x',
    password_hash: 'x',
    passwordHash: 'x',
    created_at: 1,
    isAdmin: true,
    storage_limit_bytes: 1,
    theme: 'dark',
    suspended_at: 1,
  };
  await patch(admin, 'Ben', extra).expect(200);
  expect(rowOf('Ben')).toEqual(before);
  for (const wrong of [{ role: 'owner' }, { role: ['admin'] }, { suspended: 'perhaps', role: 'root' }])
    await patch(admin, 'Ben', wrong).expect(422);
  await admin
    .patch(`/admin/people/${idOf('Ben')}`)
    .send([])
    .expect(400);
});

it('two administrators with different fields do not undo each other; a stale form is refused', async () => {
  await salon.signUp('Second admin');
  await patch(admin, 'Second admin', { role: 'admin' }).expect(200);
  const second = salon.visitor();
  await second.post('/login').send({ username: 'Second admin', password: 'correct horse 1' }).expect(200);
  await salon.signUp('Target');
  const [one, two] = await Promise.all([
    patch(admin, 'Target', { role: 'admin' }),
    patch(second, 'Target', { suspended: true }),
  ]);
  expect([one.status, two.status]).toEqual([200, 200]);
  const { body } = await json(admin, `/admin/people/${idOf('Target')}`).expect(200);
  expect(body).toMatchObject({ role: 'admin', suspended: true });
  const stale = { version: Number(body.version) - 1 };
  const refused = await patch(second, 'Target', { ...stale, suspended: false }).expect(409);
  expect(refused.body.code).toBe('conflict');
  const page = await second
    .post(`/admin/people/${idOf('Target')}`)
    .type('form')
    .send({ version: String(stale.version), role: 'user' })
    .expect(409);
  expect(page.text).toContain('changed this at the same time');
  expect(rowOf('Target')).toMatchObject({ role: 'admin' });
  await patch(second, 'Target', { version: body.version, suspended: false }).expect(200);
  await patch(admin, 'Target', { role: 'user' }).expect(200);
  await patch(admin, 'Second admin', { role: 'user' }).expect(200);
});

it('an administrator cannot take the own role by accident', async () => {
  for (const change of [{ role: 'user' }, { suspended: true }]) {
    const { body } = await patch(admin, 'Ana', change).expect(409);
    expect(body.code).toBe('own_account');
  }
  const { body } = await admin.delete(`/admin/people/${idOf('Ana')}`).expect(409);
  expect(body.code).toBe('own_account');
});

it('two administrators who take each other’s role at once leave one', async () => {
  const fresh = await startSalon();
  try {
    const one = await fresh.signUp('One');
    const two = await fresh.signUp('Two');
    const ids = query<{ id: string }>(fresh.dir, 'select id from users order by username').map(
      ({ id }) => id,
    );
    await one.patch(`/admin/people/${ids[1]}`).send({ role: 'admin' }).expect(200);
    for (const change of [{ role: 'user' }, { suspended: true }]) {
      const answers = await Promise.all([
        one.patch(`/admin/people/${ids[1]}`).send(change),
        two.patch(`/admin/people/${ids[0]}`).send(change),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const left = query(fresh.dir, "select 1 from users where role = 'admin' and suspended_at is null");
      expect(left).toHaveLength(1);
      query(fresh.dir, "update users set role = 'admin', suspended_at = null");
      for (const [agent, username] of [
        [one, 'One'],
        [two, 'Two'],
      ] as const)
        await agent.post('/login').send({ username, password: 'correct horse 1' }).expect(200);
    }
  } finally {
    await fresh.close();
  }
});

it('adds a person without a password: the link alone opens the account', async () => {
  const { body } = await admin
    .post('/admin/people')
    .send({ username: 'Newcomer', role: 'admin' })
    .expect(201);
  expect(body.person).toMatchObject({ username: 'Newcomer', role: 'user' });
  const path = new URL(String(body.url)).pathname;
  await salon.anonymous().post(path).send({ password: 'my own choice 1' }).expect(204);
  const fields = { username: 'Newcomer', password: 'my own choice 1' };
  await salon.anonymous().post('/login').send(fields).expect(200);
  await admin.post('/admin/people').send({ username: 'NEWCOMER' }).expect(409);
  const form = await admin.post('/admin/people').type('form').send({ username: 'ben' }).expect(409);
  expect(form.text).toContain('This name is taken');
});

it('of many forms of one name added at once exactly one becomes an account', async () => {
  const forms = ['Óla', 'óla', 'O\u0301la', 'o\u0301la', 'ÓLA', ' óla', 'óla '];
  const answers = await Promise.all(forms.map((username) => admin.post('/admin/people').send({ username })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(6).fill(409)]);
});

it('deletes for good only after the name is typed', async () => {
  const gone = await salon.signUp('Gone soon');
  const path = `/admin/people/${idOf('Gone soon')}`;
  const wrong = await admin.post(`${path}/delete`).type('form').send({ username: 'Gone' }).expect(422);
  expect(wrong.text).toContain('This is not the name of the account.');
  await admin.post(`${path}/delete`).type('form').send({ username: 'Gone soon' }).expect(303);
  await json(gone, '/settings').expect(401);
  await json(admin, path).expect(404);
  await salon.signUp('By program');
  await admin.delete(`/admin/people/${idOf('By program')}`).expect(204);
});

it('answers 404 for people who are not there', async () => {
  const path = `/admin/people/${'0'.repeat(26)}`;
  await json(admin, path).expect(404);
  await admin.patch(path).send({ role: 'admin' }).expect(404);
  await admin.post(`${path}/reset`).expect(404);
  await admin.post(`${path}/sign-out`).expect(404);
  await admin.delete(path).expect(404);
});

it('notes in the audit log what was done and what was refused', async () => {
  const actions = query<{ action: string; outcome: string }>(
    salon.dir,
    "select distinct action, outcome from audit_entries where object_kind = 'person'",
  ).map(({ action, outcome }) => `${action} ${outcome}`);
  for (const name of ['promote', 'demote', 'suspend', 'resume', 'sign_out', 'create', 'delete', 'reset_link'])
    expect(actions).toContain(`person.${name} done`);
});
