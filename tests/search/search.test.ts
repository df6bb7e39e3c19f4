import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

type Hit = {
  kind: string;
  conversation_id?: string;
  message_id?: string;
  title: string;
  excerpt: string;
  url: string;
};
type Found = { hits: Hit[]; next_cursor: string | null; corrections: { typed: string; used: string[] }[] };

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (opened, first, second) => ([bench, ana, ben] = [opened, first, second]));

async function ask(content: string, person = ana) {
  const { id, message, reply } = await person.begin({ content });
  await person.ended(id, reply.id);
  return { id, questionId: message.id, replyId: reply.id };
}
async function search(text: string, more = '', person = ana) {
  const answer = await person.call<Found>('GET', `/search?q=${encodeURIComponent(text)}${more}`);
  expect(answer.status).toBe(200);
  return answer.body;
}
const titlesOf = async (text: string) => new Set((await search(text)).hits.map(({ title }) => title));

it('finds a message by its words, leads to it, and shows the passage with the words marked', async () => {
  const { id, questionId } = await ask('Why do <b>herons</b> stand on one leg? [[n=1]]');
  const { hits, next_cursor } = await search('herons leg');
  expect(next_cursor).toBeNull();
  expect(hits.map(({ kind }) => kind).sort()).toEqual(['message', 'title']);
  const message = hits.find(({ kind }) => kind === 'message');
  expect(message).toMatchObject({
    conversation_id: id,
    message_id: questionId,
    url: `/conversations/${id}?at=${questionId}#message-${questionId}`,
  });
  expect(message?.excerpt).toContain('&lt;b&gt;<mark>herons</mark>&lt;/b&gt;');
  expect(message?.excerpt).toContain('<mark>leg</mark>');
});

it('finds nothing of other people', async () => {
  await ask('Kingfishers dive [[n=1]]', ben);
  expect((await search('kingfishers')).hits).toEqual([]);
  expect((await search('kingfishrs')).corrections).toEqual([]);
  expect((await search('kingfishers', '', ben)).hits).toHaveLength(2);
});

it.each([
  ['the beginning of the last word', 'moorh'],
  ['words without their accents', 'resume moorhen'],
  ['a phrase', '"moorhen Résumé"'],
  ['a word with a letter too many', 'moorrhen'],
  ['a word with two letters swapped', 'moohren'],
  ['words on both sides of a hyphen', 'e-mail'],
])('finds by %s', async (_name, text) => {
  await ask('Moorhen résumé by e-mail [[n=1]]');
  expect((await search(text)).hits.length).toBeGreaterThan(0);
});

it('does not find words of a phrase in another order, nor one that is missing', async () => {
  await ask('Moorhen coot [[n=1]]');
  expect((await search('"coot moorhen"')).hits).toEqual([]);
  expect((await search('moorhen albatross')).hits).toEqual([]);
});

it('finds any part of a text without spaces', async () => {
  await ask('京都の図書館で天気の本を読む [[n=1]]');
  for (const text of ['図書館', '書館', '天', '京都 天気'])
    expect((await search(text)).hits, text).toHaveLength(2);
  expect((await search('館図')).hits).toEqual([]);
  expect((await search('図書館')).hits[0]?.excerpt).toContain('<mark>図書館</mark>');
});

it('narrows by role, model, time and place', async () => {
  const { id } = await ask('Plovers wört0 [[n=1]]');
  expect((await search('wört0 role:assistant')).hits.map(({ kind }) => kind)).toEqual(['message']);
  const { rows } = {
    rows: query<{ model: string }>(bench.salon.dir, `select model from messages where role = 'assistant'`),
  };
  expect((await search(`wört0 model:${rows[0]?.model ?? ''}`)).hits).toHaveLength(1);
  expect((await search('wört0 model:nobodys')).hits).toEqual([]);
  expect((await search('plovers before:2020')).hits).toEqual([]);
  expect((await search('plovers after:2020')).hits).toHaveLength(2);
  expect((await search('plovers has:image')).hits).toEqual([]);
  expect((await search('plovers in:archive')).hits).toEqual([]);
  await ana.call('PATCH', `/conversations/${id}`, { archived: true });
  expect((await search('plovers in:archive')).hits).toHaveLength(2);
  await ana.call('DELETE', `/conversations/${id}`);
  expect((await search('plovers')).hits).toEqual([]);
  expect((await search('plovers in:trash')).hits).toHaveLength(2);
});

it('pages through all hits, each one once', async () => {
  for (let i = 0; i < 8; i += 1) await ask(`Curlew number${i} [[n=1]]`);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { hits, next_cursor }: Found = await search('curlew', `&limit=5${cursor && `&cursor=${cursor}`}`);
    seen.push(...hits.map(({ url }) => url));
    cursor = next_cursor;
  }
  expect(seen).toHaveLength(16);
  expect(new Set(seen).size).toBe(16);
  expect((await ana.call('GET', '/search?q=curlew&cursor=nonsense')).status).toBe(422);
});

it('lets a title come before messages, and the better hit before the worse', async () => {
  await ask(
    'Avocet and many other birds of the shore are mentioned in this rather long question about birds [[n=1]]',
  );
  await ask('Avocet avocet [[n=1]]');
  const { hits } = await search('avocet');
  expect(hits[0]?.kind).toBe('title');
  expect(await titlesOf('avocet shore')).toHaveProperty('size', 1);
});

it('shows hits, filters to remove and the way on as a page without scripts', async () => {
  const { id, questionId } = await ask('Dunlins [[n=1]]');
  const page = await ana.page('/search?q=dunlins+role%3Auser');
  expect(page.status).toBe(200);
  expect(page.body).toContain(`href="/conversations/${id}?at=${questionId}#message-${questionId}"`);
  expect(page.body).toContain('href="/search?q=dunlins"');
  const none = await ana.page('/search?q=dunlins+model%3Anobodys');
  expect(none.body).toContain('Nothing found');
  expect(none.body).toContain('without model:nobodys');
  expect((await ana.page('/')).body).toContain('action="/search"');
});
