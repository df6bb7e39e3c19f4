import { expect, it } from 'vitest';
import type { ExchangeJson, Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

const LONG = 120;

/** A conversation with so many messages, written straight into the database: its ids, oldest first. */
async function longConversation(length = LONG) {
  const { id } = await ana.begin({ title: 'Long' });
  const ids = Array.from({ length }, (_, n) => `00${id.slice(2, 20)}${String(n).padStart(6, '0')}`);
  for (const [n, own] of ids.entries())
    query(
      bench.salon.dir,
      `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, status, created_at)
        select ?, id, owner_id, ?, ?, ?, ?, ?, created_at + ? from conversations where id = ?`,
      ...[own, ids[n - 1] ?? id, n + 1, n % 2 ? 'assistant' : 'user', `Text number ${n}`],
      ...[n % 2 ? 'complete' : null, n * 3_600_000, id],
    );
  query(bench.salon.dir, 'update conversations set leaf_id = ? where id = ?', ids.at(-1) ?? '', id);
  return { id, ids, url: `/conversations/${id}` };
}

const shownIn = (page: string) => [...page.matchAll(/id="message-([0-9a-z]{26})"/g)].map(([, id]) => id);
const outlineIn = (page: string) => /<nav class="outline"[^]*?<\/nav>/.exec(page)?.[0] ?? '';
const linksIn = (page: string) =>
  [...outlineIn(page).matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
const linkIn = (page: string, kind: string) =>
  new RegExp(`<p class="${kind}"><a [^>]*href="([^"]+)"`).exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
const withoutFragment = (url: string) => url.replace(/#.*/, '');

const remove = async (id: string) =>
  expect((await ana.call('POST', `/messages/${id}/branch/delete`)).status).toBe(204);

it('lists all questions of a long conversation beside its end, by day', async () => {
  const { ids, url } = await longConversation();
  const page = (await ana.page(url)).body;
  expect(shownIn(page)).toEqual(ids.slice(-60));
  const questions = ids.filter((_, n) => n % 2 === 0);
  expect(linksIn(page)).toEqual(
    questions.map((id, n) => (n < 30 ? `?at=${id}#message-${id}` : `#message-${id}`)),
  );
  // 119 hours touch five or six days.
  expect(outlineIn(page).split('class="outline-day"').length - 1).toBeGreaterThanOrEqual(5);
  expect(outlineIn(page)).toContain('Text number 0<');
});

it('shows what stands around a message far from the end, and leads on from there in both directions', async () => {
  const { ids, url } = await longConversation();
  const page = (await ana.page(`${url}?at=${ids[30]}`)).body;
  expect(shownIn(page)).toEqual(ids.slice(10, 50));
  expect(page).not.toContain('id="composer"');
  expect(linkIn(page, 'newest')).toBe(url);

  const later = (await ana.page(withoutFragment(linkIn(page, 'later')))).body;
  expect(shownIn(later)).toEqual(ids.slice(50, 110));
  const end = (await ana.page(withoutFragment(linkIn(later, 'later')))).body;
  expect(shownIn(end)).toEqual(ids.slice(110));
  expect(end).toContain('id="composer"');

  const earlier = (await ana.page(withoutFragment(linkIn(page, 'earlier')))).body;
  expect(shownIn(earlier)).toEqual(ids.slice(0, 10));
  expect(linkIn(earlier, 'earlier')).toBe('');
});

it('shows the end of the branch for a message near it', async () => {
  const { ids, url } = await longConversation();
  const page = (await ana.page(`${url}?at=${ids[80]}`)).body;
  expect(shownIn(page)).toEqual(ids.slice(-60));
  expect(page).toContain('id="composer"');
});

it('gives scripts a part of the conversation without the page around it', async () => {
  const { ids, url } = await longConversation();
  const part = (await ana.page(`${url}?before=${ids[60]}`, { 'x-fragment': '1' })).body;
  expect(shownIn(part)).toEqual(ids.slice(0, 60));
  expect(part).not.toMatch(/<html|<nav class="outline"|id="composer"/);
});

it('stays on a branch that is not the current one, and marks where the conversation parts', async () => {
  const { id, ids, url } = await longConversation();
  const other = await ana.regenerate(ids[1] ?? '');
  await ana.ended(id, other.id);
  const current = (await ana.page(url)).body;
  expect(linksIn(current)).toEqual([`#message-${ids[0]}`]);
  expect(outlineIn(current).split('mark-versions').length - 1).toBe(1);

  const page = (await ana.page(`${url}?at=${ids[1]}`)).body;
  expect(shownIn(page)).toEqual(ids.slice(0, 21));
  const leaf = ids.at(-1) ?? '';
  expect(linkIn(page, 'newest')).toBe(`${url}?at=${leaf}`);
  expect(linksIn(page)[40]).toBe(`?at=${leaf}&from=${ids[80]}#message-${ids[80]}`);
  expect(shownIn((await ana.page(`${url}?at=${leaf}&from=${ids[80]}`)).body)).toEqual(ids.slice(80));
});

it('keeps a message on the branch that is open', async () => {
  const { id, ids, url } = await longConversation();
  const other = await ana.regenerate(ids[1] ?? '');
  await ana.ended(id, other.id);
  // The first question is on both branches; the newest one of them is the other.
  query(bench.salon.dir, 'update conversations set leaf_id = ? where id = ?', ids.at(-1) ?? '', id);
  expect(shownIn((await ana.page(`${url}?at=${ids[0]}`)).body)).toContain(ids[1]);
});

it('knows no message of another conversation', async () => {
  const { url } = await longConversation();
  const { message } = await ana.begin({ content: 'Elsewhere' });
  for (const name of ['at', 'after', 'from'])
    expect((await ana.page(`${url}?${name}=${message.id}`)).status, name).toBe(404);
});

it('has no list of questions where nothing was asked', async () => {
  const { id } = await ana.begin({ title: 'Empty' });
  expect(outlineIn((await ana.page(`/conversations/${id}`)).body)).toBe('');
});

it('sees what has changed in a very long conversation since it was looked at', async () => {
  const { id, ids, url } = await longConversation(400);
  const marks = async () => outlineIn((await ana.page(url)).body).split('mark-versions').length - 1;
  const count = async () => linksIn((await ana.page(url)).body).length;
  expect([await count(), await marks()]).toEqual([200, 0]);

  const asked = await ana.ask(id, 'One more');
  expect([await count(), await marks()]).toEqual([201, 0]);
  await ana.ended(id, asked.reply.id);

  // Far from the end the conversation parts.
  const other = await ana.regenerate(ids[101] ?? '');
  await ana.ended(id, other.id);
  const show = (leaf: string) =>
    query(bench.salon.dir, 'update conversations set leaf_id = ? where id = ?', leaf, id);
  show(asked.reply.id);
  expect([await count(), await marks()]).toEqual([201, 1]);
  await remove(other.id);
  expect([await count(), await marks()]).toEqual([201, 0]);
});

it('shows nothing of a deleted branch in a very long conversation', async () => {
  const { id, ids, url } = await longConversation(400);
  await ana.page(url);
  const { status, body } = await ana.call<ExchangeJson>('POST', `/messages/${ids[300]}/edit`, {
    content: 'In its place',
  });
  expect(status).toBe(201);
  await ana.ended(id, body.reply.id);
  await remove(ids[300] ?? '');
  const page = (await ana.page(url)).body;
  expect(linksIn(page)).toHaveLength(151);
  expect(outlineIn(page)).toContain('In its place<');
  expect(outlineIn(page)).not.toMatch(/Text number 300<|mark-versions/);
});
