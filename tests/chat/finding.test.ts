import { expect, it } from 'vitest';
import type { ExchangeJson, Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

const find = async (id: string, words: string, more = '', person = ana) => {
  const { status, body } = await person.page(`/conversations/${id}?in=${encodeURIComponent(words)}${more}`);
  expect(status).toBe(200);
  return body;
};
/** Ids of the messages that the list of hits leads to, in its order. */
const hitsIn = (body: string) =>
  [...body.matchAll(/<li><a href="[^"]*at=(\w+)&amp;in=[^"]*#message-\1"/g)].map(([, id]) => id);

async function say(word: string, text: string): Promise<void> {
  const call = await strings.next(word);
  call.say(text);
  call.finish();
}

/** A question about herons in two versions, the first one answered. */
async function twoBranches() {
  const { id, message, reply, call } = await asked();
  call.say('Herons stand on one leg; <b>herons</b> rest so.');
  call.finish();
  await ana.ended(id, reply.id);
  const other = await ana.call<ExchangeJson>('POST', `/messages/${message.id}/edit`, {
    content: 'Do herons sleep?',
  });
  await say('Do herons sleep?', 'Yes.');
  await ana.ended(id, other.body.reply.id);
  return { id, message, reply, other: other.body };
}

it('lists the questions and answers of every branch that have a word, with counts and marked excerpts', async () => {
  const { id, reply, other } = await twoBranches();
  const body = await find(id, 'herons');
  expect(hitsIn(body)).toEqual([reply.id, other.message.id]);
  expect(body).toContain('2 messages on all branches');
  expect(body).toContain('2 matches');
  expect(body).toContain('<mark>Herons</mark> stand on one leg; &lt;b&gt;<mark>herons</mark>&lt;/b&gt;');
});

it('finds by the beginning of a word, by several words, and by filters', async () => {
  const { id, reply, other } = await twoBranches();
  expect(hitsIn(await find(id, 'hero'))).toEqual([reply.id, other.message.id]);
  expect(hitsIn(await find(id, 'leg herons'))).toEqual([reply.id]);
  expect(hitsIn(await find(id, '"herons sleep"'))).toEqual([other.message.id]);
  expect(hitsIn(await find(id, 'herons role:assistant'))).toEqual([reply.id]);
  expect(hitsIn(await find(id, 'herons before:2020'))).toEqual([]);
});

it('opens a hit on its branch, with what was found beside it', async () => {
  const { id, reply } = await twoBranches();
  const body = await find(id, 'herons', `&at=${reply.id}`);
  expect(body).toContain(`id="message-${reply.id}"`);
  expect(hitsIn(body)).toContain(reply.id);
  expect(body).toContain(`<input type="hidden" name="at" value="${reply.id}">`);
  expect(body).toContain(`href="/conversations/${id}?at=${reply.id}#outline"`);
});

it('looks into this conversation alone, and says what was searched where there is nothing', async () => {
  const { id } = await twoBranches();
  const elsewhere = await asked();
  elsewhere.call.say('Bitterns boom.');
  elsewhere.call.finish();
  await ana.ended(elsewhere.id, elsewhere.reply.id);
  const body = await find(id, 'bitterns <i>');
  expect(hitsIn(body)).toEqual([]);
  expect(body).toContain('Nothing found for “bitterns &lt;i&gt;”');
  expect(body).toContain('href="/search?q=bitterns+%3Ci%3E"');
  expect(hitsIn(await find(elsewhere.id, 'bitterns'))).toEqual([elsewhere.reply.id]);
});

it('shows the list of questions again without words, and a box to find in above it', async () => {
  const { id } = await twoBranches();
  for (const words of ['', '   ']) {
    const body = await find(id, words);
    expect(body).toContain('name="in"');
    expect(body).toContain('popover');
    expect(body).not.toContain('find-count');
  }
});

it('pages through many hits in the order of the conversation, each one once', async () => {
  const { id, reply, call } = await asked();
  call.finish();
  await ana.ended(id, reply.id);
  let parent = reply.id;
  const expected: string[] = [];
  for (let i = 0; i < 55; i += 1) {
    const { message, reply: next } = await ana.ask(id, `Curlew ${i}.`, { parent_id: parent });
    (await strings.next(`Curlew ${i}.`)).finish();
    await ana.ended(id, next.id);
    expected.push(message.id);
    parent = next.id;
  }
  const first = await find(id, 'curlew');
  expect(first).toContain('55 messages on all branches');
  const [, next = ''] = /href="([^"]*in_after[^"]*)"/.exec(first) ?? [];
  const second = (await ana.page(next.replaceAll('&amp;', '&'))).body;
  expect([...hitsIn(first), ...hitsIn(second)]).toEqual(expected);
  expect(second).not.toContain('in_after=');
});

it('finds nothing in conversations of others', async () => {
  const { id } = await twoBranches();
  const ben = await bench.person('Ben');
  expect((await ben.page(`/conversations/${id}?in=herons`)).status).toBe(404);
});

it('offers no search in a temporary conversation, of which nothing is in the index', async () => {
  const { id, reply } = await ana.begin({ content: 'Terns in passing', temporary: true });
  (await strings.next('Terns in passing')).finish();
  await ana.ended(id, reply.id);
  expect(await find(id, 'terns')).not.toContain('name="in"');
});

it('tells a client the same hits, and where they go on', async () => {
  const { id, reply, other } = await twoBranches();
  type Hit = { message_id: string; role: string; places: number; excerpt: string; url: string };
  type Found = { count: number; complete: boolean; hits: Hit[]; next_after: number | null };
  const path = `/conversations/${id}`;
  const { body } = await ana.call<{ id: string; messages: unknown[]; found: Found }>(
    'GET',
    `${path}?in=herons`,
  );
  expect(body).toMatchObject({ id, found: { count: 2, complete: true, next_after: null } });
  expect(body.messages).toHaveLength(2);
  expect(body.found.hits.map((hit) => [hit.message_id, hit.role, hit.places])).toEqual([
    [reply.id, 'assistant', 2],
    [other.message.id, 'user', 1],
  ]);
  expect(body.found.hits[0]?.excerpt).toContain('<mark>Herons</mark> stand');
  expect(body.found.hits[0]?.url).toBe(`${path}?at=${reply.id}&in=herons#message-${reply.id}`);
  expect((await ana.call('GET', path)).body).not.toHaveProperty('found');
});
