import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import request from 'supertest';
import { signUpAt } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';
import { waitFor } from '../support/wait.ts';
import { cli } from './cli.ts';
import { dump, listFiles, makePlace, type Place } from './place.ts';

/** Three people's worth of typing at machine speed, and still room for the images on two cores. */
const PACE_MS = 20;
let from: Place;
let to: Place;
let salon: SalonProcess;
beforeEach(async () => {
  [from, to] = [await makePlace(), await makePlace()];
  salon = await spawnSalon({ dir: from.dir, env: { USER_MAX_ACTIVE: '5000' } });
});
afterEach(async () => {
  await salon.kill();
  await from.remove();
  await to.remove();
});

it('taken while people write and images are made, it holds all that was there when it began', async () => {
  const ana = await signUpAt(salon.url, 'Ana');
  let isOver = false;
  let sent = 0;
  const asked = (i: number) => `question ${i} ${'x'.repeat(2000)}`;
  const write = async (worker: number) => {
    for (let i = 0; !isOver; i++) {
      const { status } = await ana.call('POST', '/conversations', { content: asked(worker * 1000 + i) });
      if (status === 201) sent += 1;
      await pause(PACE_MS);
    }
  };
  const draw = async () => {
    while (!isOver) await ana.call('POST', '/generate_image', { prompt: 'a red house' });
  };
  const load = [write(1), write(2), write(3), draw()];
  await waitFor(
    () => sent > 20 && query(from.dir, "select id from images where status = 'ready'").length > 2,
  );
  const ids = (table: string, where = '') =>
    query<{ id: string }>(from.dir, `select id from ${table} ${where}`);
  const before = { messages: ids('messages'), images: ids('images', "where status = 'ready'"), count: sent };
  const backup = await cli(from.dir, ['backup', '--json']);
  const during = sent - before.count;
  isOver = true;
  await Promise.all(load);
  expect(backup).toMatchObject({ code: 0, err: '' });
  expect(during).toBeGreaterThan(0);
  const { result } = JSON.parse(backup.out.trim().split('\n').at(-1) ?? '') as {
    result: { name: string; gone: string[]; damaged: string[] };
  };
  expect(result).toMatchObject({ gone: [], damaged: [] });

  const restored = await cli(to.dir, ['restore', from.archive(result.name)]);
  expect(restored).toMatchObject({ code: 0, err: '' });
  const rows = dump(to.at('data/salon.db'));
  const has = (table: string) =>
    new Set((rows[table] ?? []).map((row) => (JSON.parse(row) as { id: string }).id));
  expect(before.messages.filter(({ id }) => !has('messages').has(id))).toEqual([]);
  expect(before.images.filter(({ id }) => !has('images').has(id))).toEqual([]);
  const files = await listFiles(to.imagesDir);
  const images = (rows['files'] ?? [])
    .map((row) => JSON.parse(row) as { state: string; place: string; sha256: string })
    .filter(({ state }) => state === 'ready');
  expect(images.length).toBeGreaterThan(2);
  for (const { place, sha256 } of images) expect([place, files[place]]).toEqual([place, sha256]);
  expect(Object.keys(files)).toHaveLength(images.length);

  const again = await spawnSalon({ dir: to.dir });
  try {
    const agent = request.agent(again.url);
    await agent.post('/login').send({ username: 'Ana', password: 'correct horse 1' }).expect(200);
    const { body } = await agent.get('/conversations?limit=5').accept('json').expect(200);
    expect((body as { conversations: object[] }).conversations.length).toBe(5);
    const listed = await agent.get('/images').accept('json').expect(200);
    const [image] = (listed.body as { images: { image_url: string }[] }).images;
    await agent.get(image?.image_url ?? '').expect(200);
  } finally {
    await again.kill('SIGTERM');
  }
  const doctor = await cli(to.dir, ['doctor']);
  expect(doctor.out).not.toMatch(/^fail/m);
});

it('keeps people signed in over a restore, since the secret comes along', async () => {
  const ana = await signUpAt(salon.url, 'Ana');
  const { out } = await cli(from.dir, ['backup']);
  await cli(to.dir, ['restore', from.archive(out.split(':')[0] ?? '')]);
  expect(existsSync(to.at('data/session-secret'))).toBe(true);
  const again = await spawnSalon({ dir: to.dir });
  const { status } = await request(again.url).get('/settings').set('cookie', ana.cookie).accept('json');
  await again.kill('SIGTERM');
  expect(status).toBe(200);
});

it('the running server makes one in a process of its own and goes on', async () => {
  const agent = request.agent(salon.url);
  await agent.post('/register').send({ username: 'Ana', password: 'correct horse 1' }).expect(200);
  await agent.post('/admin/backup').accept('json').expect(202);
  const state = await waitFor(async () => {
    const { body } = await agent.get('/admin/backup').accept('json').expect(200);
    const now = body as {
      backups: { name: string }[];
      running: object | null;
      last: { outcome: string } | null;
    };
    return now.running === null && now.last !== null ? { ...now, last: now.last } : undefined;
  });
  expect(state.last).toMatchObject({ outcome: 'done', message: null });
  expect((await cli(from.dir, ['backup', 'verify', from.archive(state.backups[0]?.name ?? '')])).code).toBe(
    0,
  );
});

it('a server that is stopped while it makes one ends at once and leaves nothing that looks like one', async () => {
  const agent = request.agent(salon.url);
  await agent.post('/register').send({ username: 'Ana', password: 'correct horse 1' }).expect(200);
  await agent.post('/admin/backup').accept('json').expect(202);
  expect(await salon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const left = (await from.archives()).filter((name) => name.endsWith('.zip'));
  for (const name of left)
    expect((await cli(from.dir, ['backup', 'verify', from.archive(name)])).code).toBe(0);
});
