import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { rawRequest, cookieOf } from '../support/raw-http.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';
import { sha256 } from './place.ts';

type State = {
  backups: { name: string; kind: string; bytes: number; url: string }[];
  running: object | null;
  schedule: { every_hours: number; keep: number; version: number; next_at: string | null };
  last: { outcome: string; name: string; kind: string } | null;
};
let salon: Salon;
let ana: Agent;
setUpAgents(['Ana'], (...opened) => ([salon, ana] = opened));

const read = async () => (await ana.get('/admin/backup').accept('json').expect(200)).body as State;
const draw = async () => (await ana.get('/admin/backup').accept('html').expect(200)).text;
async function backUp(): Promise<string> {
  const known = new Set((await read()).backups.map(({ name }) => name));
  await ana.post('/admin/backup').accept('json').expect(202);
  const state = await waitFor(async () => {
    const now = await read();
    return now.running === null && now.backups.length > known.size && now;
  });
  return state.backups.find(({ name }) => !known.has(name))?.name ?? '';
}
const audited = (action: string) =>
  waitFor(() => {
    const rows = query<{
      actor_name: string | null;
      object_id: string;
      outcome: string;
      auth_method: string;
    }>(
      salon.dir,
      `select actor_name, object_id, outcome, auth_method from audit_entries where action = '${action}' order by at desc, id desc`,
    );
    return rows.length > 0 && rows;
  });

it('teaches when there is none yet', async () => {
  const html = await draw();
  expect(html).toContain('There is no backup yet');
  expect(html).toContain('Back up now');
});

it('makes one by a button, lists it, sends it whole, and notes all that', async () => {
  const answer = await ana.post('/admin/backup').accept('html').type('form').expect(303);
  expect(answer.headers.location).toBe('/admin/backup');
  const state = await waitFor(async () => {
    const now = await read();
    return now.backups.length === 1 && now.running === null && now;
  });
  const { name = '', bytes, kind } = state.backups[0] ?? {};
  expect([kind, state.last]).toEqual([
    'manual',
    { at: expect.any(String), kind: 'manual', outcome: 'done', name, message: null },
  ]);
  const html = await draw();
  expect(html).toContain(name);
  expect(html).toContain(`href="/admin/backup/${name}"`);
  const sent = await ana.get(`/admin/backup/${name}`).buffer(true).expect(200);
  expect(sent.headers).toMatchObject({
    'content-type': 'application/zip',
    'content-length': String(bytes),
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'private, no-store',
  });
  expect((await audited('backup.create'))[0]).toEqual({
    actor_name: 'Ana',
    object_id: name,
    outcome: 'done',
    auth_method: 'session',
  });
  expect((await audited('backup.download'))[0]).toMatchObject({ actor_name: 'Ana', object_id: name });
});

it('tells the size of one without sending it, which is no download', async () => {
  const name = await backUp();
  const count = async () => (await audited('backup.download')).length;
  const before = await count();
  const { headers } = await ana.head(`/admin/backup/${name}`).expect(200);
  expect(Number(headers['content-length'])).toBeGreaterThan(1000);
  expect(await count()).toBe(before);
});

it('sends exactly the bytes of the file', async () => {
  const name = await backUp();
  const sent = await ana
    .get(`/admin/backup/${name}`)
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () => done(null, Buffer.concat(parts)));
    });
  const { readFileSync } = await import('node:fs');
  expect(sha256(sent.body as Buffer)).toBe(sha256(readFileSync(join(salon.dir, 'data/backups', name))));
});

it('no spelling of a name reads or removes anything else', async () => {
  const folder = join(salon.dir, 'data', 'backups');
  writeFileSync(join(folder, 'canary.txt'), 'canary');
  writeFileSync(join(folder, 'before-3.db'), 'canary');
  writeFileSync(join(salon.dir, 'data', 'canary.txt'), 'canary');
  const before = readdirSync(folder).sort();
  const good = (await read()).backups[0]?.name ?? '';
  const signedIn = await salon
    .anonymous()
    .post('/login')
    .send({ username: 'Ana', password: 'correct horse 1' });
  const cookie = cookieOf(signedIn.headers);
  for (const name of [
    '../canary.txt',
    '..%2fcanary.txt',
    '%2e%2e%2fcanary.txt',
    '%252e%252e%252fcanary.txt',
    '..%5ccanary.txt',
    '....//canary.txt',
    '%00',
    `${good}%00`,
    `${good}%2f..%2fcanary.txt`,
    'canary.txt',
    'before-3.db',
    'salon.lock',
    '%2fetc%2fpasswd',
    '%c0%ae%c0%ae%2fcanary.txt',
    'salon-backup-20200101-000000.zip',
    'salon-backup-20200101-000000.zip.part',
    good.toUpperCase(),
  ])
    for (const [method, path] of [
      ['GET', `/admin/backup/${name}`],
      ['DELETE', `/admin/backup/${name}`],
      ['POST', `/admin/backup/${name}/delete`],
    ] as const) {
      const answer = await rawRequest(salon.url, {
        method,
        path,
        headers: { cookie, accept: 'application/json' },
      });
      expect([name, method, [400, 404].includes(answer.status)]).toEqual([name, method, true]);
      expect(answer.text).not.toContain('canary"');
    }
  expect(readdirSync(folder).sort()).toEqual(before);
});

it('deletes one, by a form that asks first and by a client', async () => {
  const [first, second] = [await backUp(), await backUp()];
  expect(await draw()).toContain('Delete this backup for good?');
  const form = await ana.post(`/admin/backup/${first}/delete`).accept('html').type('form').expect(303);
  expect(form.headers.location).toBe('/admin/backup?deleted=1');
  await ana.delete(`/admin/backup/${second}`).accept('json').expect(204);
  await ana.get(`/admin/backup/${first}`).accept('json').expect(404);
  const left = (await read()).backups.map(({ name }) => name);
  expect([left.includes(first), left.includes(second)]).toEqual([false, false]);
  expect((await audited('backup.delete')).map((row) => row.object_id)).toEqual([second, first]);
});

it('changes the schedule, and refuses what is wrong or was changed meanwhile', async () => {
  const { schedule } = await read();
  const send = (body: object) => ana.patch('/admin/backup/schedule').send(body);
  const saved = await send({ every_hours: 6, keep: 3, version: schedule.version }).expect(200);
  expect(saved.body).toMatchObject({ every_hours: 6, keep: 3, version: schedule.version + 1 });
  await send({ every_hours: 12, keep: 3, version: schedule.version }).expect(409);
  for (const wrong of [
    { keep: 0 },
    { keep: 366 },
    { every_hours: -1 },
    { every_hours: 721 },
    { keep: 'x' },
    { keep: '' },
  ])
    await send({ every_hours: 6, keep: 3, version: schedule.version + 1, ...wrong }).expect(422);
  const form = await ana
    .post('/admin/backup/schedule')
    .accept('html')
    .type('form')
    .send({ every_hours: '168', keep: '999', version: String(schedule.version + 1) })
    .expect(422);
  expect(form.text).toContain('value="999"');
  expect(form.text).toContain('<option value="168" selected>every week</option>');
  expect((await read()).schedule).toMatchObject({ every_hours: 6, keep: 3 });
  expect((await audited('backup.schedule'))[0]).toMatchObject({ actor_name: 'Ana', outcome: 'done' });
});

it('is for administrators alone, and for their sessions alone', async () => {
  const ben = await salon.signUp('Ben');
  const name = await backUp();
  for (const [method, path] of [
    ['get', '/admin/backup'],
    ['post', '/admin/backup'],
    ['patch', '/admin/backup/schedule'],
    ['get', `/admin/backup/${name}`],
    ['delete', `/admin/backup/${name}`],
  ] as const) {
    expect([path, (await ben[method](path).accept('json')).status]).toEqual([path, 403]);
    expect([path, (await salon.anonymous()[method](path).accept('json')).status]).toEqual([path, 401]);
  }
  const token = await salon
    .anonymous()
    .post('/api/login')
    .send({ username: 'Ana', password: 'correct horse 1' });
  const bearer = `Bearer ${String(token.body.access_token)}`;
  await salon
    .anonymous()
    .get(`/admin/backup/${name}`)
    .set('authorization', bearer)
    .accept('json')
    .expect(403);
  expect((await read()).backups.map((file) => file.name)).toContain(name);
});

it('tells what went wrong, on the page and in the log', async () => {
  const { rmSync, mkdirSync } = await import('node:fs');
  const folder = join(salon.dir, 'data', 'backups');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'a file where the folder should be');
  await ana.post('/admin/backup').accept('json').expect(202);
  await waitFor(async () => (await read()).last?.outcome === 'failed');
  expect(await draw()).toMatch(/The backup of .* failed: /);
  expect((await salon.logLines()).filter(({ event }) => event === 'backup failed')).toHaveLength(1);
  rmSync(folder);
  mkdirSync(folder);
});
