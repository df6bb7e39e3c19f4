import { expect, it } from 'vitest';
import { eventually, type ConversationJson, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (opened, ...people) => {
  bench = opened;
  [ana, ben] = people;
});

const DAY_MS = 86_400_000;
const rows = (sql: string) => query(bench.salon.dir, sql);
const expiryOf = (id: string) =>
  query<{ expires_at: number }>(bench.salon.dir, 'select expires_at from conversations where id = ?', id)[0]
    ?.expires_at ?? 0;
type Temporary = ConversationJson & { temporary?: true; expires_at?: string };

async function beginTemporary(content = 'a canary whispers [[n=1]]') {
  const begun = await ana.begin({ content, temporary: true });
  await ana.ended(begun.id, begun.reply.id);
  return begun.id;
}

it('is in no list, sidebar, history, trash or draft list, and opens by its address', async () => {
  const id = await beginTemporary();
  await ana.call('PUT', `/conversations/${id}/draft`, { content: 'a canary draft' });
  for (const path of ['/conversations', '/history', '/chatlog', '/drafts', '/', '/trash']) {
    expect((await ana.page(path)).body, path).not.toContain('canary');
    expect(JSON.stringify((await ana.call('GET', path)).body), path).not.toContain('canary');
  }
  const whole = (await ana.call<Temporary>('GET', `/conversations/${id}`)).body;
  expect(whole).toMatchObject({ temporary: true });
  expect(Date.parse(whole.expires_at ?? '')).toBe(expiryOf(id));
  const page = await ana.page(`/conversations/${id}`);
  expect(page.body).toContain('a canary whispers');
  expect(page.body).toContain('Temporary chat');
  expect(page.body).toContain('a canary draft');
});

it('begins by one box of the start page, without scripts', async () => {
  expect((await ana.page('/')).body).toContain('name="temporary"');
  const sent = await ana.form('/conversations', { content: 'Plain [[n=1]]', temporary: '1' });
  expect(sent.status).toBe(303);
  expect((await ana.page(sent.location)).body).toContain('/keep');
});

it('lives for 24 hours from each message', async () => {
  const id = await beginTemporary();
  query(bench.salon.dir, 'update conversations set expires_at = 1 where id = ?', id);
  const before = Date.now();
  await ana.ask(id, 'and another [[n=1]]');
  expect(expiryOf(id)).toBeGreaterThanOrEqual(before + DAY_MS);
  expect(expiryOf(id)).toBeLessThanOrEqual(Date.now() + DAY_MS);
});

it('is gone with all it held when its time is over, and its costs stay', async () => {
  const id = await beginTemporary();
  const other = await ana.begin({ title: 'stays' });
  query(bench.salon.dir, 'update conversations set expires_at = 1 where id = ?', id);
  await bench.salon.restart();
  await eventually(() =>
    rows(`select 1 from conversations where id = '${id}'`).length === 0 ? true : undefined,
  );
  expect(rows(`select 1 from messages where conversation_id = '${id}'`)).toEqual([]);
  expect(rows('select 1 from ledger_entries').length).toBeGreaterThan(0);
  expect(rows(`select 1 from conversations where id = '${other.id}'`)).toHaveLength(1);
});

it('becomes a normal one when it is kept, for its owner alone', async () => {
  const id = await beginTemporary();
  expect((await ben.call('POST', `/conversations/${id}/keep`)).status).toBe(404);
  expect(await ana.form(`/conversations/${id}/keep`)).toMatchObject({ location: `/conversations/${id}` });
  expect((await ana.page(`/conversations/${id}`)).body).not.toContain('Temporary chat');
  expect((await ana.page('/conversations')).body).toContain('canary');
  expect((await ana.call('POST', `/conversations/${id}/keep`)).status).toBe(404);
  await ana.ask(id, 'goes on [[n=1]]');
  expect(expiryOf(id)).toBe(0);
});

it('is deleted at once and permanently', async () => {
  const id = await beginTemporary();
  expect(await ana.form(`/conversations/${id}/delete`)).toMatchObject({ status: 303, location: '/' });
  expect(rows(`select 1 from messages where conversation_id = '${id}'`)).toEqual([]);
  expect((await ana.call('POST', `/conversations/${id}/restore`)).status).toBe(404);
});

it('makes no images, which would outlast it', async () => {
  const id = await beginTemporary();
  const path = `/conversations/${id}/messages`;
  const refused = await ana.call<{ errors: { message: string }[] }>('POST', path, {
    content: 'a boat',
    image: true,
  });
  expect(refused.status).toBe(422);
  expect(refused.body.errors[0]?.message).toContain('temporary');
  expect(
    (await ana.call('POST', '/conversations', { content: 'x', image: true, temporary: true })).status,
  ).toBe(422);
  const redrawn = await ana.form('/conversations', { content: 'x', image: '1', temporary: '1' });
  expect(redrawn.status).toBe(422);
  expect(redrawn.body).toMatch(/name="temporary"[^>]*checked/s);
  expect(rows('select 1 from jobs')).toEqual([]);
});
