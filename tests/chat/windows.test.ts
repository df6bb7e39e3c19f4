import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { readEvents } from '../support/events.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

/** A conversation of so many exchanges, whose answers have so many letters. */
async function conversationOf(exchanges: number, letters: number) {
  const { id } = await ana.begin({ title: 'Long' });
  const ids: string[] = [];
  for (let index = 0; index < exchanges; index += 1) {
    const { message, reply } = await ana.ask(id, `Question ${index}`);
    await ana.ended(id, reply.id);
    query(bench.salon.dir, 'update messages set content = ? where id = ?', 'x'.repeat(letters), reply.id);
    ids.push(message.id, reply.id);
  }
  return { id, ids, url: `/conversations/${id}` };
}

const shownIn = (page: string) => [...page.matchAll(/id="message-([0-9a-z]{26})"/g)].map(([, id]) => id);
const linkIn = (page: string, kind: string) =>
  new RegExp(`<p class="${kind}"><a [^>]*href="([^"]+)"`).exec(page)?.[1]?.replaceAll('&amp;', '&');

it('tells who has just opened a conversation of a message that was being stored meanwhile', async () => {
  const { id } = await conversationOf(1, 10);
  query(bench.salon.dir, 'update messages set created_at = created_at - 60000, ended_at = ended_at - 60000');
  const begun = Date.now();
  const page = (await ana.page(`/conversations/${id}`)).body;
  const [, position = ''] = /data-position="([^"]+)"/.exec(page) ?? [];
  // It carries the time from before its transaction, which ended after the page was read.
  query(
    bench.salon.dir,
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
      select ?, conversation_id, owner_id, id, seq + 1, 'user', 'just stored', ? from messages
      where conversation_id = ? order by seq desc limit 1`,
    '0'.repeat(26),
    begun - 5,
    id,
  );
  const events = await readEvents(`${bench.salon.url}/events?conversation=${id}:${position}`, {
    cookie: ana.cookie,
    until: ({ event }) => event === 'message',
  });
  expect(JSON.stringify(events)).toContain('just stored');
});

it('opens at its last messages within a budget of bytes, and pages back by key', async () => {
  const { ids, url } = await conversationOf(5, 80_000);
  const seen: (string | undefined)[][] = [];
  let page = (await ana.page(url)).body;
  expect(page).toContain('id="composer"');
  for (let link: string | undefined = url; link; link = linkIn(page, 'earlier')) {
    page = (await ana.page(link.replace(/#.*/, ''))).body;
    seen.unshift(shownIn(page));
  }
  expect(seen.flat()).toEqual(ids);
  expect(seen.map((shown) => shown.length)).toEqual([2, 4, 4]);
  expect(page).not.toContain('id="composer"');
  expect(linkIn(page, 'newest')).toBe(url);
});

it('always shows the last exchange', async () => {
  const { ids, url } = await conversationOf(2, 900_000);
  expect(shownIn((await ana.page(url)).body)).toEqual(ids.slice(-2));
});

it('is whole as JSON, and takes no notice of the older word for everything', async () => {
  const { id, ids, url } = await conversationOf(3, 150_000);
  expect((await ana.read(id)).messages.map((message) => message.id)).toEqual(ids);
  expect(shownIn((await ana.page(`${url}?all=1`)).body)).toEqual(ids.slice(-2));
});

it('stays on the branch that was chosen', async () => {
  const { id, ids, url } = await conversationOf(3, 150_000);
  const other = await ana.regenerate(ids[5] ?? '');
  await ana.ended(id, other.id);
  const page = (await ana.page(`${url}?at=${ids[5]}`)).body;
  expect(shownIn(page)).toEqual(ids.slice(-2));
  const link = linkIn(page, 'earlier') ?? '';
  expect(link).toBe(`${url}?at=${ids[5]}&before=${ids[4]}#message-${ids[3]}`);
  const earlier = (await ana.page(link.replace(/#.*/, ''))).body;
  expect(shownIn(earlier)).toEqual(ids.slice(2, 4));
  expect(linkIn(earlier, 'newest')).toBe(`${url}?at=${ids[5]}`);
});

it('knows no place in somebody else’s conversation', async () => {
  const mine = await conversationOf(1, 10);
  const ben = await bench.person('Ben');
  const { id, message } = await ben.begin({ content: 'Question of Ben' });
  for (const name of ['before', 'formatted', 'at']) {
    expect((await ana.page(`${mine.url}?${name}=${message.id}`)).status).toBe(404);
    expect((await ana.page(`/conversations/${id}?${name}=${message.id}`)).status).toBe(404);
  }
});
