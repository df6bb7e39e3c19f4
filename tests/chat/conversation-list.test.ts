import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

type List = { conversations: { id: string; pinned: boolean }[]; next_cursor: string | null };
type Changed = { count: number; at: number };
const listed = async (query = '') =>
  (await ana.call<List>('GET', `/conversations${query}`)).body.conversations.map(({ id }) => id);
const bulk = (body: object) => ana.call<Changed>('POST', '/conversations/bulk', body);

/** So many conversations of Ana's, newest first. */
async function conversations(count: number) {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.unshift((await ana.begin({ title: `Talk ${n}` })).id);
  return ids;
}

it('moves several conversations to the archive and back', async () => {
  const [first = '', second = '', third = ''] = await conversations(3);
  const { body } = await bulk({ action: 'archive', ids: [first, third] });
  expect(body.count).toBe(2);
  expect(await listed()).toEqual([second]);
  expect(await listed('?archived=1')).toEqual([first, third]);
  const undone = await ana.call('POST', '/conversations/bulk/undo', { action: 'archive', at: body.at });
  expect(undone.body).toEqual({ action: 'archive', count: 2 });
  expect(await listed()).toEqual([first, second, third]);
});

it('says after a form what was done, and undoes it by one button, also after a reload', async () => {
  const [first = ''] = await conversations(2);
  for (const action of ['pin', 'unpin', 'archive', 'delete']) {
    if (action === 'unpin') await bulk({ action: 'pin', ids: [first] });
    const before = await listed();
    const done = await ana.form('/conversations/bulk', { action, ids: first });
    expect(done.status).toBe(303);
    const page = (await ana.page(done.location)).body;
    const [, undo = ''] = /action="(\/conversations\/bulk\/undo[^"]*)"/.exec(page) ?? [];
    expect(undo, action).not.toBe('');
    expect((await ana.form(undo.replaceAll('&amp;', '&'))).location).toBe('/conversations');
    expect(await listed()).toEqual(before);
  }
});

it('deletes all that stood in the list when it was drawn, and nothing of anybody else', async () => {
  await conversations(3);
  const { id } = await ben.begin({ title: 'Of Ben' });
  const page = (await ana.page('/conversations')).body;
  const [, until = ''] = /name="until" value="(\d+)"/.exec(page) ?? [];
  query(bench.salon.dir, 'update conversations set updated_at = updated_at - 10');
  const { id: later } = await ana.begin({ title: 'Later' });
  query(bench.salon.dir, 'update conversations set updated_at = ? where id = ?', Number(until) + 10, later);
  const { body } = await bulk({ action: 'delete', all: true, until: Number(until) });
  expect(body.count).toBe(3);
  expect(await listed()).toEqual([later]);
  expect((await ben.read(id)).title).toBe('Of Ben');
});

it('leaves alone what is somebody else’s', async () => {
  const { id } = await ben.begin({ title: 'Of Ben' });
  for (const action of ['archive', 'pin', 'delete'])
    expect((await bulk({ action, ids: [id] })).body.count).toBe(0);
  expect((await ben.read(id)).pinned).toBe(false);
});

it('refuses what is no selection', async () => {
  for (const body of [
    { action: 'archive' },
    { action: 'archive', ids: ['no id'] },
    { action: 'burn', ids: [] },
  ])
    expect((await bulk(body)).status).toBe(422);
});

it('keeps what was chosen on one page on the next one', async () => {
  const [first = '', second = '', third = ''] = await conversations(3);
  const next = (await ana.call<List>('GET', '/conversations?limit=2')).body.next_cursor ?? '';
  const page = (await ana.page(`/conversations?ids=${first}&ids=${second}&cursor=${next}`)).body;
  expect(page).toContain(`<input type="hidden" name="ids" value="${first}">`);
  expect(page).toContain(`<input type="hidden" name="ids" value="${second}">`);
  expect(page).toContain(`value="${third}"`);
});

it('renames from the list and comes back to it', async () => {
  const [id = ''] = await conversations(1);
  const { location } = await ana.form(`/conversations/${id}`, { title: 'New name', back: 'list' });
  expect(location).toBe(`/conversations?row=${id}`);
  expect((await ana.page(location)).body).toMatch(/<details class="row-menu" open>[^]*value="New name"/);
});

it('shows pinned conversations first beside each page, and where one is when it is not among them', async () => {
  const [newest = '', pinned = '', archived = ''] = await conversations(3);
  await bulk({ action: 'pin', ids: [pinned] });
  await bulk({ action: 'archive', ids: [archived] });
  const sidebarOf = async (path: string) =>
    /<nav class="sidebar-conversations"[^]*?<\/nav>/.exec((await ana.page(path)).body)?.[0] ?? '';
  const linksIn = (nav: string) =>
    [...nav.matchAll(/href="\/conversations\/([0-9a-z]{26})"/g)].map(([, id]) => id);
  expect(linksIn(await sidebarOf('/'))).toEqual([pinned, newest]);
  const beside = await sidebarOf(`/conversations/${archived}`);
  expect(linksIn(beside)).toEqual([pinned, archived, newest]);
  expect(beside).toMatch(new RegExp(`${archived}" dir="auto" aria-current="page"`));
});

it('never lists a temporary conversation', async () => {
  const [id = ''] = await conversations(1);
  query(bench.salon.dir, `update conversations set kind = 'temporary' where id = ?`, id);
  expect(await listed()).toEqual([]);
  expect((await bulk({ action: 'archive', ids: [id] })).body.count).toBe(0);
});
