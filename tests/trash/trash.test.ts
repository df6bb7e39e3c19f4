import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { images } from '../usage/setup.ts';

const DAY_MS = 24 * 60 * 60_000;

let bench: Bench;
let admin: Person;
let ana: Person;
setUpPeople(['Admin', 'Ana'], (...opened) => ([bench, admin, ana] = opened));

type Item = {
  kind: string;
  id: string;
  title: string;
  deleted_at: string;
  expires_at: string;
  restore_url: string;
  image_url: string | null;
};
type Trash = { items: Item[]; next_cursor: string | null };

const trashOf = async (person: Person, search = '') =>
  (await person.call<Trash>('GET', `/trash${search}`)).body;
const count = (table: string) =>
  query<{ n: number }>(bench.salon.dir, `select count(*) as n from ${table}`)[0]?.n;
const pngs = (folder: string) =>
  readdirSync(join(bench.salon.dir, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(png|webp)$/.test(name),
  );

async function deletedImage(prompt: string): Promise<{ id: string; image_url: string }> {
  const [image] = (await images(ana, { prompt })).images as { id: string; image_url: string }[];
  if (!image) throw new Error('no image was made');
  expect((await ana.call('DELETE', `/images/${image.id}`)).status).toBe(204);
  return image;
}
async function deletedConversation(content: string) {
  const begun = await ana.begin({ content });
  await ana.ended(begun.id, begun.reply.id);
  expect((await ana.call('DELETE', `/conversations/${begun.id}`)).status).toBe(204);
  return begun;
}

it('lists what was deleted, of both kinds, newest first, a page at a time, and only to its owner', async () => {
  const conversation = await deletedConversation('About boats');
  const image = await deletedImage('a red boat');
  const { items } = await trashOf(ana);
  expect(items.map(({ kind, id, title }) => [kind, id, title])).toEqual([
    ['image', image.id, 'a red boat'],
    ['conversation', conversation.id, 'About boats'],
  ]);
  for (const { deleted_at: deleted, expires_at: expires } of items)
    expect(Date.parse(expires) - Date.parse(deleted)).toBe(30 * DAY_MS);
  const first = await trashOf(ana, '?limit=1');
  expect(first.items).toEqual(items.slice(0, 1));
  expect(await trashOf(ana, `?limit=1&cursor=${first.next_cursor}`)).toEqual({
    items: items.slice(1),
    next_cursor: null,
  });
  expect((await ana.call('GET', '/trash?cursor=x')).status).toBe(422);
  expect((await trashOf(admin)).items).toEqual([]);
});

it('shows an image of the trash small, to its owner alone', async () => {
  const { id } = await deletedImage('a small boat');
  const [item] = (await trashOf(ana)).items;
  expect(item?.image_url).toBe(`/trash/${id}/image`);
  const look = (person: Person) =>
    fetch(`${bench.salon.url}/trash/${id}/image`, { headers: { cookie: person.cookie } });
  expect((await look(ana)).headers.get('content-type')).toBe('image/webp');
  expect((await look(admin)).status).toBe(404);
});

it('restores from the trash, with the file', async () => {
  const image = await deletedImage('a boat to keep');
  const conversation = await deletedConversation('To keep');
  for (const { restore_url: url } of (await trashOf(ana)).items)
    expect((await ana.call('POST', url)).status).toBe(200);
  expect((await trashOf(ana)).items).toEqual([]);
  expect((await ana.page(image.image_url)).status).toBe(200);
  expect((await ana.read(conversation.id)).messages).toHaveLength(2);
  expect(query(bench.salon.dir, 'select state, trashed_at from files')).toEqual([
    { state: 'ready', trashed_at: null },
  ]);
});

it('deletes one thing for good: rows, file and smaller copies', async () => {
  const image = await deletedImage('a boat to lose');
  await ana.page(`/trash/${image.id}/image`);
  const conversation = await deletedConversation('To lose');
  expect((await admin.call('DELETE', `/trash/${image.id}`)).status).toBe(404);
  for (const { id } of [image, conversation]) {
    expect((await ana.call('DELETE', `/trash/${id}`)).status).toBe(204);
    expect((await ana.call('DELETE', `/trash/${id}`)).status).toBe(404);
  }
  expect((await ana.call('POST', `/images/${image.id}/restore`)).status).toBe(404);
  expect((await ana.call('POST', `/conversations/${conversation.id}/restore`)).status).toBe(404);
  expect(['images', 'files', 'conversations', 'messages'].map(count)).toEqual([0, 0, 0, 0]);
  expect([...pngs('images'), ...pngs('data/renditions')]).toEqual([]);
});

it('deletes nothing that is not in the trash', async () => {
  const { id } = await ana.begin({ content: 'alive' });
  const [image] = (await images(ana, { prompt: 'alive' })).images as { id: string }[];
  for (const living of [id, image?.id])
    expect((await ana.call('DELETE', `/trash/${living}`)).status).toBe(404);
  expect((await ana.call('DELETE', '/trash')).status).toBe(204);
  expect(['images', 'files', 'conversations'].map(count)).toEqual([1, 1, 1]);
});

it('empties the trash, conversations of thousands of messages too, and leaves those of others and the images of a conversation', async () => {
  const kept = await ana.begin({ content: 'an image here', image: true });
  await deletedConversation('large');
  const [large] = (await trashOf(ana)).items;
  const messages = `with recursive n(i) as (select 3 union all select i + 1 from n where i < 3000)
    insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
    select printf('m%025d', i), c.id, c.owner_id, case when i > 3 then printf('m%025d', i - 1) else c.id end, i, 'user', 'x', i
    from n, conversations c where c.id = ?`;
  query(bench.salon.dir, messages, large?.id);
  await deletedImage('to go');
  const foreign = await admin.begin({ title: 'of another' });
  await admin.call('DELETE', `/conversations/${foreign.id}`);
  await ana.call('DELETE', `/conversations/${kept.id}`);
  const before = count('images') ?? 0;
  expect((await ana.call('DELETE', '/trash')).status).toBe(204);
  expect((await trashOf(ana)).items).toEqual([]);
  expect((await trashOf(admin)).items).toHaveLength(1);
  // The root of the other's conversation is a message too.
  expect([count('conversations'), count('messages'), count('images')]).toEqual([1, 1, before - 1]);
});

it('goes on after a crash with what was being deleted, and never brings back a part of it', async () => {
  const { id } = await deletedConversation('half gone');
  query(bench.salon.dir, 'update conversations set purged_at = 1');
  expect((await ana.call('POST', `/conversations/${id}/restore`)).status).toBe(404);
  expect((await trashOf(ana)).items).toEqual([]);
  await bench.salon.restart();
  await bench.salon.restart();
  expect([count('conversations'), count('messages')]).toEqual([0, 0]);
});

it('deletes by itself what lies there for 30 days, and nothing that is younger', async () => {
  await deletedConversation('old');
  await deletedImage('old');
  const age = (days: number) => Date.now() - days * DAY_MS;
  for (const table of ['conversations', 'images'])
    query(bench.salon.dir, `update ${table} set deleted_at = ?`, age(31));
  const young = await deletedConversation('young');
  query(bench.salon.dir, 'update conversations set deleted_at = ? where id = ?', age(29), young.id);
  await bench.salon.restart();
  // A second restart waits for what the first one began.
  await bench.salon.restart();
  expect(query(bench.salon.dir, 'select id from conversations')).toEqual([{ id: young.id }]);
  expect([count('images'), count('files'), pngs('images')]).toEqual([0, 0, []]);
});

it('shows a key only the kinds that it was made for, and empties no more than these', async () => {
  await deletedConversation('for chat');
  await deletedImage('for images');
  const made = await ana.call<{ key: string }>('POST', '/settings/keys', { name: 'k', scopes: ['images'] });
  const byKey = (method: string, path: string) =>
    fetch(bench.salon.url + path, { method, headers: { authorization: `Bearer ${made.body.key}` } });
  const { items } = (await (await byKey('GET', '/trash')).json()) as Trash;
  expect(items.map(({ kind }) => kind)).toEqual(['image']);
  const all = (await trashOf(ana)).items;
  const conversation = all.find(({ kind }) => kind === 'conversation');
  expect((await byKey('DELETE', `/trash/${conversation?.id}`)).status).toBe(404);
  expect((await byKey('DELETE', '/trash')).status).toBe(204);
  expect((await trashOf(ana)).items).toEqual([conversation]);
});

it('as a page: says when each goes, asks before everything goes, and says that it is empty then', async () => {
  await deletedConversation('<b>On the page</b>');
  const { id } = await deletedImage('a boat on the page');
  const page = await ana.page('/trash');
  expect(page.body).toContain('&lt;b&gt;On the page&lt;/b&gt;');
  expect(page.body).toContain(`src="/trash/${id}/image"`);
  expect(page.body).toContain(`action="/images/${id}/restore"`);
  const asked = await ana.page('/trash?empty=1');
  expect(asked.body).toContain('1 conversation and 1 image');
  expect((await trashOf(ana)).items).toHaveLength(2);
  const one = await ana.form(`/trash/${id}/delete`, {});
  expect([one.status, one.location]).toEqual([303, '/trash?done=one']);
  const all = await ana.form('/trash/delete', {});
  expect([all.status, all.location]).toEqual([303, '/trash?done=all']);
  expect((await ana.page('/trash?done=all')).body).toContain('The trash is empty');
});

it('offers to empty the trash where there is no room for an image, in the studio and in a conversation', async () => {
  query(bench.salon.dir, "update users set storage_limit_bytes = 10 where username = 'Ana'");
  const studio = await ana.form('/images', { prompt: 'no room' });
  const chat = await ana.form('/conversations', { content: 'no room', image: '1' });
  for (const { status, body } of [studio, chat])
    expect([status, body.includes('href="/trash?empty=1"')]).toEqual([507, true]);
});
