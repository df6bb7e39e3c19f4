import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

let salon: Salon;
let admin: Agent;
let user: Agent;
setUpAgents(['Ana', 'Ben'], (...opened) => ([salon, admin, user] = opened));

const load = (text: string) =>
  admin.post('/api/admin/keys/load').set('content-type', 'text/plain').send(text);
const list = async () => {
  const { body } = await admin.get('/admin/keys').set('accept', 'application/json').expect(200);
  return body as { keys: Record<string, unknown>[]; next_cursor: string | null };
};

it('makes readable keys of at least 128 random bits, each once', async () => {
  const { body } = await admin
    .post('/api/admin/keys/generate')
    .send({ count: 50, max_uses: 2, note: 'fifty' })
    .expect(201);
  const keys = (body.keys as { key: string }[]).map(({ key }) => key);
  expect(new Set(keys).size).toBe(50);
  for (const key of keys) expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
  const rows = (await list()).keys.filter(({ note }) => note === 'fifty');
  expect(rows).toHaveLength(50);
  expect(Object.keys(rows[0] ?? {}).sort()).toEqual([
    ...['created_at', 'created_by', 'expires_at', 'hint', 'id', 'max_uses', 'note', 'revoked_at'],
    ...['used_by', 'uses'],
  ]);
  for (const key of keys) expect(JSON.stringify(rows)).not.toContain(key);
});

it.each([
  { count: 0 },
  { count: 501 },
  { count: 1.5 },
  { count: 'many' },
  { max_uses: 0 },
  { max_uses: 10_001 },
  { expires_at: '2020-01-01' },
  { expires_at: 'soon' },
  { note: 'x'.repeat(201) },
])('refuses %j by field and makes nothing', async (order) => {
  const before = query(salon.dir, 'select count(*) as n from registration_keys');
  const { body } = await admin.post('/api/admin/keys/generate').send(order).expect(422);
  expect(body.errors[0].field).toBe(Object.keys(order)[0]);
  expect(query(salon.dir, 'select count(*) as n from registration_keys')).toEqual(before);
});

it('loads keys from a text: comments and blank lines are passed over, known ones skipped, wrong lines named', async () => {
  const text = [
    ...['\uFEFF# keys of the house', '', 'House-Key.0001', '  House_Key-0002  ', 'short'],
    ...['House-Key.0001', 'with blank inside', 'umlaut-ä-000000', 'x'.repeat(101), 'House-Key.0003'],
  ].join('\r\n');
  const { body } = await load(text).expect(200);
  expect(body).toMatchObject({ loaded: 3, skipped: 1 });
  const errors = body.errors as { line: number; message: string }[];
  expect(errors.map(({ line }) => line)).toEqual([5, 7, 8, 9]);
  for (const { message } of errors) expect(message).toMatch(/12 to 100/);
  expect((await load(text).expect(200)).body).toMatchObject({ loaded: 0, skipped: 4 });
  await salon
    .anonymous()
    .post('/register')
    .send({ username: 'By file', password: 'long enough 1', registration_key: 'House_Key-0002' })
    .expect(200);
});

it('loads a large file whole, also when it comes by a form', async () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `bulk-key-${String(i).padStart(6, '0')}`);
  const answer = await admin
    .post('/api/admin/keys/load')
    .attach('file', Buffer.from(lines.join('\n')), 'keys.txt')
    .expect(200);
  expect(answer.body).toEqual({ loaded: 2000, skipped: 0, errors: [] });
});

it('reads keys.txt in DATA_DIR when nothing is sent, and says when it is not there', async () => {
  const missing = await admin.post('/api/admin/keys/load').expect(400);
  expect(missing.body.code).toBe('key_file_missing');
  expect(missing.text).not.toContain(salon.dir);
  await writeFile(join(salon.config.dataDir, 'keys.txt'), 'From-The-Folder-1\n');
  const { body } = await admin.post('/api/admin/keys/load').expect(200);
  expect(body).toEqual({ loaded: 1, skipped: 0, errors: [] });
});

it('refuses files that are too large, broken forms and other kinds of body', async () => {
  const large = 'x'.repeat(1024 * 1024 + 10);
  expect((await load(large)).status).toBe(413);
  const form = await admin.post('/api/admin/keys/load').attach('file', Buffer.from(large), 'keys.txt');
  expect(form.status).toBe(413);
  const send = (type: string, body: string) =>
    admin.post('/api/admin/keys/load').set('content-type', type).send(body);
  await send('multipart/form-data; boundary=x', '--x\r\nnothing').expect(400);
  await send('multipart/form-data', 'no boundary').expect(400);
  await send('application/pdf', 'x').expect(400);
  await admin.post('/api/admin/keys/generate').set('content-type', 'text/plain').send('x').expect(400);
});

it('neither strangers nor members make, load, list or revoke keys', async () => {
  const before = query(salon.dir, 'select * from registration_keys');
  const id = (before[0] as { id: string }).id;
  for (const [agent, status] of [
    [salon.anonymous(), 401],
    [user, 403],
  ] as const) {
    await agent.get('/admin/keys').set('accept', 'application/json').expect(status);
    await agent.post('/api/admin/keys/generate').send({}).expect(status);
    await agent
      .post('/api/admin/keys/load')
      .set('content-type', 'text/plain')
      .send('A-Stolen-Key-01')
      .expect(status);
    await agent.delete(`/admin/keys/${id}`).expect(status);
    await agent.post(`/admin/keys/${id}/revoke`).set('accept', 'application/json').expect(status);
  }
  expect(query(salon.dir, 'select * from registration_keys')).toEqual(before);
});

it('shows new keys and their invite links once, on the page after the form', async () => {
  const sent = await admin
    .post('/admin/keys')
    .type('form')
    .send({ count: '2', max_uses: '1', expires_at: '2099-12-31', note: 'by form' })
    .expect(303);
  const location = String(sent.headers['location']);
  expect(location).toMatch(/^\/admin\/keys\?made=/);
  const shown = await admin.get(location).set('accept', 'text/html').expect(200);
  const links = [...shown.text.matchAll(/\/register\?key=([0-9A-Z-]{34})/g)].map(([, key]) => key);
  expect(links).toHaveLength(2);
  expect(location).not.toContain(links[0]);
  const again = await admin.get(location).set('accept', 'text/html').expect(200);
  expect(again.text).not.toContain(links[0]);
});

it('draws a refused form again with what was typed', async () => {
  const answer = await admin
    .post('/admin/keys')
    .type('form')
    .send({ count: '9999', max_uses: '1', note: '<b>note</b>' })
    .expect(422);
  expect(answer.text).toContain('value="9999"');
  expect(answer.text).toContain('value="&lt;b&gt;note&lt;/b&gt;"');
  expect(answer.text).toContain('from 1 to 500');
});

it('reports a loaded file on the page, wrong lines included', async () => {
  const sent = await admin
    .post('/admin/keys/load')
    .set('accept', 'text/html')
    .attach('file', Buffer.from('Page-Loaded-Key-1\nbad\n'), 'keys.txt')
    .expect(303);
  const page = await admin.get(String(sent.headers['location'])).set('accept', 'text/html').expect(200);
  expect(page.text).toContain('Line 2:');
});

it('revokes for good, and again without a fault; an unknown one is 404', async () => {
  const made = await admin.post('/api/admin/keys/generate').send({}).expect(201);
  const { id, key } = made.body.keys[0] as { id: string; key: string };
  const first = await admin.delete(`/admin/keys/${id}`).set('accept', 'application/json').expect(200);
  const second = await admin.delete(`/admin/keys/${id}`).set('accept', 'application/json').expect(200);
  expect(second.body.revoked_at).toBe(first.body.revoked_at);
  await salon
    .anonymous()
    .post('/register')
    .send({ username: 'Too late', password: 'long enough 1', registration_key: key })
    .expect(422);
  await admin.delete(`/admin/keys/${'0'.repeat(26)}`).expect(404);
});

it('pages through the list by cursor, each key once', async () => {
  const seen = new Set<string>();
  let cursor = '';
  do {
    const { body } = await admin
      .get(`/admin/keys?limit=100${cursor}`)
      .set('accept', 'application/json')
      .expect(200);
    for (const { id } of body.keys as { id: string }[]) {
      expect(seen.has(id)).toBe(false);
      seen.add(id);
    }
    cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : '';
  } while (cursor);
  expect(seen.size).toBe(query(salon.dir, 'select 1 from registration_keys').length);
  await admin.get('/admin/keys?cursor=strange').set('accept', 'application/json').expect(422);
});
