import { expect, it } from 'vitest';
import { openDatabase, query } from '../support/database.ts';
import { entriesIn, entriesOf, type Day, type Entry } from '../support/history.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { imageSettings, setUpSalon } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
setUpSalon((opened) => ({ salon, server, ana } = opened), { ...imageSettings, OPENAI_MAX_RETRIES: '0' });

it('mixes questions and images in one order; deleted ones drop out, restored ones come back, failed ones stay', async () => {
  await ana.post('/generate_code').send({ prompt: 'zero [[n=1]]' }).expect(200);
  await ana.post('/generate_image').send({ prompt: 'one' }).expect(200);
  await ana.post('/generate_code').send({ prompt: 'two [[err=500]]' }).expect(500);
  await ana.post('/generate_image').send({ prompt: 'three [[none]]' }).expect(500);
  await ana.post('/generate_code').send({ prompt: 'four [[n=1]]' }).expect(200);
  const order = async () =>
    (await entriesOf(ana)).map(({ index, kind, prompt }) => `${index} ${kind} ${prompt.split(' ')[0]}`);
  expect(await order()).toEqual(['4 chat four', '3 image three', '2 chat two', '1 image one', '0 chat zero']);

  const conversation = String(
    query(salon.dir, "select id from conversations where title like 'zero%'")[0]?.['id'],
  );
  const image = String(query(salon.dir, "select id from images where prompt = 'one'")[0]?.['id']);
  await ana.delete(`/conversations/${conversation}`).expect(204);
  await ana.delete(`/images/${image}`).expect(204);
  expect(await order()).toEqual(['2 chat four', '1 image three', '0 chat two']);
  await ana.post(`/conversations/${conversation}/restore`).expect(200);
  await ana.post(`/images/${image}/restore`).expect(200);
  expect(await order()).toHaveLength(5);
});

it('shows an exchange with its answer, an image with its address, a failure with its sentence', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const chat = await ana.get(`/chatlog/${today}/0`).expect(200);
  expect(chat.body).toMatchObject({ index: 0, kind: 'chat', answer: 'wört0 ', image_url: null });
  const image = await ana.get(`/chatlog/${today}/1`).expect(200);
  expect(image.body).toMatchObject({
    index: 1,
    kind: 'image',
    answer: null,
    image_url: expect.stringMatching(/^\/images\/gen/),
  });
  const page = await ana.get(`/chatlog/${today}/1`).set('accept', 'text/html').expect(200);
  expect(page.text).toContain(`src="${image.body.image_url}`);
  const failed = await ana.get(`/chatlog/${today}/2`).set('accept', 'text/html').expect(200);
  expect(failed.text).toContain('reported a failure');
  const unmade = await ana.get(`/chatlog/${today}/3`).set('accept', 'text/html').expect(200);
  expect(unmade.text).toContain('content filter');
});

it('calls an image that was cancelled cancelled, not failed', async () => {
  const { body } = await ana.post('/images').send({ prompt: 'cancelled [[ms=60000]]' }).expect(202);
  await ana.post(`/jobs/${body.job.id}/cancel`).expect(200);
  await waitFor(async () => (await ana.get(`/jobs/${body.job.id}`)).body.status === 'cancelled');
  const list = await ana.get('/history').set('accept', 'text/html').expect(200);
  expect(list.text).toContain('>Cancelled<');
  const [image] = query(salon.dir, "select id from images where prompt like 'cancelled%'");
  const page = await ana
    .get(`/images/${String(image?.['id'])}`)
    .set('accept', 'text/html')
    .expect(200);
  expect(page.text).toContain('This image was cancelled');
  await ana.delete(`/images/${String(image?.['id'])}`).expect(204);
});

it('shows what was typed as text, in the list and on its own page', async () => {
  const prompt = '<script>alert(1)</script><img src=x onerror=alert(2)> "quoted" \u202e [[n=1]]';
  await ana.post('/generate_code').send({ prompt }).expect(200);
  const [entry] = await entriesOf(ana);
  for (const path of ['/history', entry?.url ?? '']) {
    const { text } = await ana.get(path).set('accept', 'text/html').expect(200);
    expect(text).not.toMatch(/<script>|<img src=x|onerror=alert\(2\)>/);
    expect(text).toContain('&lt;script&gt;');
  }
});

it('shortens long prompts in lists and shows them whole on their own page', async () => {
  const prompt = `${'long words '.repeat(500)}the end`;
  await ana.post('/generate_code').send({ prompt }).expect(200);
  const [entry] = await entriesOf(ana);
  expect(entry?.prompt.length).toBeLessThanOrEqual(300);
  expect((await ana.get(entry?.url ?? '').expect(200)).body.prompt).toBe(prompt);
});

it('follows the answer that counts when a question is answered anew', async () => {
  const bea = await salon.signUp('Bea');
  await bea.post('/generate_code').send({ prompt: 'again [[n=2]]' }).expect(200);
  const { body } = await bea.get('/conversations').expect(200);
  const { messages } = (await bea.get(`/conversations/${body.conversations[0].id}`).expect(200)).body;
  server.script(({ directives, request }) => {
    if (request.method === 'POST') directives.set('n', '1');
    return false;
  });
  const { reply } = (await bea.post(`/messages/${messages[1].id}/regenerate`).expect(201)).body;
  await waitFor(
    () =>
      query(salon.dir, "select 1 from messages where id = ? and status = 'complete'", reply.id).length > 0,
  );
  server.script(() => false);
  const [entry, ...others] = await entriesOf(bea);
  expect([entry?.excerpt, others.length]).toEqual(['wört0', 0]);
});

it('pages by cursor through more than 100 entries without gap, repeat or change of index', async () => {
  const cea = await salon.signUp('Cea');
  await cea.post('/generate_code').send({ prompt: 'seed [[n=1]]' }).expect(200);
  const db = openDatabase(salon.dir);
  const { id: owner } = db.prepare("select id from users where username = 'Cea'").get() as { id: string };
  const { id: conversation } = db.prepare('select id from conversations where owner_id = ?').get(owner) as {
    id: string;
  };
  const insert = db.prepare(
    "insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at) values (?, ?, ?, ?, ?, 'user', ?, ?)",
  );
  // Four a day, two of them at the same instant.
  for (let i = 0; i < 250; i++) {
    const at = Date.UTC(2026, 0, 1 + Math.floor(i / 4), 8 + Math.floor((i % 4) / 2));
    insert.run(
      `0${String(i).padStart(25, '0')}`,
      conversation,
      owner,
      conversation,
      1000 + i,
      `entry ${i}`,
      at,
    );
  }
  db.close();
  const whole: Entry[] = [];
  let cursor: string | null = '';
  let pages = 0;
  while (cursor !== null) {
    const search = `?limit=30${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const { body } = await cea.get(`/history${search}`).expect(200);
    whole.push(...entriesIn(body.days as Day[]));
    cursor = body.next_cursor as string | null;
    pages += 1;
  }
  expect([whole.length, pages]).toEqual([251, 9]);
  expect(await entriesOf(cea, '?limit=1000')).toHaveLength(100);
  expect(new Set(whole.map(({ url }) => url)).size).toBe(251);
  const seeded = whole.filter(({ prompt }) => prompt.startsWith('entry')).reverse();
  expect(seeded.map(({ prompt }) => prompt)).toEqual(Array.from({ length: 250 }, (_, i) => `entry ${i}`));
  for (const [i, { index }] of seeded.entries()) expect([i, index]).toEqual([i, i % 4]);
  for (const { url, prompt } of [whole[0], whole[45], whole[133], whole[250]].flatMap((entry) => entry ?? []))
    expect((await cea.get(url).expect(200)).body.prompt).toBe(prompt);
  const page = await cea.get('/history').set('accept', 'text/html').expect(200);
  const [, next = ''] = /href="(\/history\?cursor=[^"]+)"/.exec(page.text) ?? [];
  const second = await cea.get(next.replaceAll('&amp;', '&')).set('accept', 'text/html').expect(200);
  expect(second.text).toContain(whole[50]?.prompt);
  expect(second.text).not.toContain(`>${whole[49]?.prompt}<`);
});

it('refuses a cursor that is none, and bends a limit into what there is', async () => {
  for (const cursor of [
    'x',
    '1',
    '1-2',
    "1-'; drop table messages;--",
    '1'.repeat(100),
    '-1-' + '0'.repeat(26),
  ])
    expect([cursor, (await ana.get(`/history?cursor=${encodeURIComponent(cursor)}`)).status]).toEqual([
      cursor,
      422,
    ]);
  expect(await entriesOf(ana, '?limit=1')).toHaveLength(1);
  expect(await entriesOf(ana, '?limit=2.5')).toHaveLength(2);
  expect((await entriesOf(ana, '?limit=x')).length).toBeGreaterThan(4);
  expect(await entriesOf(ana, '?limit=-3')).toHaveLength(1);
});
