import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (opened, ...people) => {
  bench = opened;
  [ana, ben] = people;
});

type DraftJson = { id: string; conversation_id: string | null; content: string; draft_version: number };
type ListJson = { drafts: DraftJson[]; next_cursor: string | null };
const listOf = async (person: Person, path = '/drafts') => (await person.call<ListJson>('GET', path)).body;
const save = (path: string, body: object) => ana.call<{ draft: DraftJson; code?: string }>('PUT', path, body);
const fieldOf = (html: string) => /<textarea\s+id="content"[^>]*>([^<]*)</.exec(html)?.[1];

it('keeps one draft for each conversation and one for a new one, on every device', async () => {
  const { id } = await ana.begin({ title: 'Boats' });
  expect((await save('/draft', { content: 'for a new one' })).status).toBe(200);
  expect((await save(`/conversations/${id}/draft`, { content: 'half a <thought>' })).status).toBe(200);
  expect(fieldOf((await ana.page('/')).body)).toBe('for a new one');
  expect(fieldOf((await ana.page(`/conversations/${id}`)).body)).toBe('half a &lt;thought&gt;');
  expect((await listOf(ana)).drafts.map(({ content }) => content)).toEqual([
    'half a <thought>',
    'for a new one',
  ]);
  const page = (await ana.page('/drafts')).body;
  expect(page).toContain('half a &lt;thought&gt;');
  expect(page).toContain('Boats');
  expect((await ana.page('/conversations')).body).toContain('Drafts (2)');
});

it('forgets an emptied draft', async () => {
  await save('/draft', { content: 'text' });
  expect((await save('/draft', { content: ' \n' })).status).toBe(204);
  expect((await listOf(ana)).drafts).toEqual([]);
  expect((await ana.page('/')).body).not.toContain('href="/drafts"');
  expect((await ana.page('/drafts')).body).toContain('No drafts');
});

it('offers what another device saved meanwhile, and replaces it only knowingly', async () => {
  const first = (await save('/draft', { content: 'one', draft_version: 0 })).body.draft;
  const onPhone = await save('/draft', { content: 'one and two', draft_version: first.draft_version });
  expect(onPhone.status).toBe(200);
  const stale = await save('/draft', { content: 'one and three', draft_version: first.draft_version });
  expect(stale.status).toBe(409);
  expect(stale.body.code).toBe('draft_changed');
  expect(stale.body.draft.content).toBe('one and two');
  expect(fieldOf((await ana.page('/')).body)).toBe('one and two');
  const knowing = { content: 'one and three', draft_version: stale.body.draft.draft_version };
  expect((await save('/draft', knowing)).status).toBe(200);
  expect(fieldOf((await ana.page('/')).body)).toBe('one and three');
});

it('does not empty a draft that another device has changed', async () => {
  await save('/draft', { content: 'from the phone' });
  expect((await save('/draft', { content: '', draft_version: 0 })).status).toBe(409);
  expect((await listOf(ana)).drafts).toHaveLength(1);
});

it('takes the same text twice for the same draft', async () => {
  await save('/draft', { content: 'the same' });
  expect((await save('/draft', { content: 'the same', draft_version: 0 })).status).toBe(200);
});

it('removes a draft with the message that it becomes, also when more was typed since', async () => {
  const { id } = await ana.begin({});
  await save(`/conversations/${id}/draft`, { content: 'Half', client_id: 'm1' });
  await ana.ask(id, 'Half and whole [[n=1]]', { client_id: 'm1' });
  const { draft } = (await save('/draft', { content: 'New' })).body;
  await ana.begin({ content: 'New and more [[n=1]]', draft_version: draft.draft_version });
  expect((await listOf(ana)).drafts).toEqual([]);
});

it('keeps the draft of another device when a different message is sent', async () => {
  const { id } = await ana.begin({});
  await save(`/conversations/${id}/draft`, { content: 'from the phone', client_id: 'phone' });
  await ana.ask(id, 'from the desk [[n=1]]', { client_id: 'desk', draft_version: 0 });
  expect((await listOf(ana)).drafts).toHaveLength(1);
});

it('does not bring a text back that was sent before its save arrived', async () => {
  const { id } = await ana.begin({});
  await ana.ask(id, 'Quick [[n=1]]', { client_id: 'm2' });
  const late = await save(`/conversations/${id}/draft`, { content: 'Quick [[n=1]]', client_id: 'm2' });
  expect(late.status).toBe(204);
  await ana.begin({ content: 'Start [[n=1]]', client_id: 'm3' });
  expect((await save('/draft', { content: 'Start [[n=1]]', client_id: 'm3' })).status).toBe(204);
  expect((await listOf(ana)).drafts).toEqual([]);
});

it('keeps the draft of a message that is refused', async () => {
  const { id } = await ana.begin({});
  await save(`/conversations/${id}/draft`, { content: 'Text', client_id: 'm4' });
  const body = { content: 'Text', client_id: 'm4', parent_id: '0'.repeat(26) };
  expect((await ana.call('POST', `/conversations/${id}/messages`, body)).status).toBe(404);
  expect((await listOf(ana)).drafts).toHaveLength(1);
});

it('shows a refused form with its own text, and its draft goes with the next try', async () => {
  const { draft } = (await save('/draft', { content: 'short' })).body;
  const long = 'x'.repeat(200_001);
  const version = String(draft.draft_version);
  const refused = await ana.form('/conversations', { content: long, draft_version: version });
  expect(refused.status).toBe(422);
  expect(fieldOf(refused.body)).toBe(long);
  expect(refused.body).not.toContain('<blockquote');
  expect(refused.body).toContain(`name="draft_version" value="${version}"`);
});

it('saves a draft by a form, without scripts', async () => {
  const { id } = await ana.begin({});
  const saved = await ana.form(`/conversations/${id}/draft`, { content: 'by hand', draft_version: '0' });
  expect(saved).toMatchObject({ status: 303, location: `/conversations/${id}?write=1#composer` });
  expect(fieldOf((await ana.page(`/conversations/${id}`)).body)).toBe('by hand');
  const stale = await ana.form(`/conversations/${id}/draft`, { content: 'other', draft_version: '0' });
  expect(stale.status).toBe(409);
  expect(fieldOf(stale.body)).toBe('other');
  expect(stale.body).toMatch(/<blockquote[^>]*>by hand</);
});

it('offers the stored draft where a link brings a text along', async () => {
  await save('/draft', { content: 'what I began' });
  const page = (await ana.page('/?prompt=an+idea')).body;
  expect(fieldOf(page)).toBe('an idea');
  expect(page).toMatch(/<blockquote[^>]*>what I began</);
});

it('discards a draft from the list', async () => {
  await save('/draft', { content: 'to go' });
  const [draft] = (await listOf(ana)).drafts;
  expect((await ben.call('DELETE', `/drafts/${draft?.id}`)).status).toBe(404);
  expect(await ana.form(`/drafts/${draft?.id}/delete`)).toMatchObject({ status: 303 });
  expect((await listOf(ana)).drafts).toEqual([]);
});

it('pages the list by key', async () => {
  for (let n = 0; n < 5; n++) {
    const { id } = await ana.begin({});
    await save(`/conversations/${id}/draft`, { content: `draft ${n}` });
  }
  const first = await listOf(ana, '/drafts?limit=3');
  const second = await listOf(ana, `/drafts?limit=3&cursor=${first.next_cursor}`);
  expect([...first.drafts, ...second.drafts].map(({ content }) => content)).toEqual(
    [4, 3, 2, 1, 0].map((n) => `draft ${n}`),
  );
  expect(second.next_cursor).toBeNull();
});

it('hides the draft of a conversation in the trash until that comes back', async () => {
  const { id } = await ana.begin({});
  await save(`/conversations/${id}/draft`, { content: 'in the trash' });
  await ana.call('DELETE', `/conversations/${id}`);
  expect((await listOf(ana)).drafts).toEqual([]);
  expect((await save(`/conversations/${id}/draft`, { content: 'late' })).status).toBe(404);
  await ana.call('POST', `/conversations/${id}/restore`);
  expect((await listOf(ana)).drafts).toHaveLength(1);
});

it('refuses drafts beyond 500, and saves those that are there all the same', async () => {
  const { id } = await ana.begin({});
  query(
    bench.salon.dir,
    `insert into conversations (id, owner_id, title, created_at, updated_at, parameters, leaf_id, title_is_own)
      select 'c' || value, c.owner_id, '', 0, 0, '{}', 'c' || value, 0 from json_each(?), conversations c where c.id = ?`,
    JSON.stringify(Array.from({ length: 499 }, (_, n) => n)),
    id,
  );
  query(
    bench.salon.dir,
    `insert into drafts (id, owner_id, conversation_id, content, updated_at)
      select 'd' || id, owner_id, id, 'text', 1 from conversations where id like 'c%'`,
  );
  expect((await save(`/conversations/${id}/draft`, { content: 'the last one' })).status).toBe(200);
  const refused = await ana.call<{ errors: { message: string }[] }>('PUT', '/draft', { content: 'too many' });
  expect(refused.status).toBe(422);
  expect(refused.body.errors[0]?.message).toContain('500');
  expect((await save(`/conversations/${id}/draft`, { content: 'changed' })).status).toBe(200);
});

it('normalises what it stores, and refuses what is no text', async () => {
  const { draft } = (await save('/draft', { content: 'a\0b\r\nc\ud800' })).body;
  expect(draft.content).toBe('a\ufffdb\nc\ufffd');
  expect((await save('/draft', { content: 7 })).status).toBe(422);
  expect((await save('/draft', { content: 'x', attachments: ['../etc'] })).status).toBe(422);
});
