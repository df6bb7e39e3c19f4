import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanTitle } from '../../src/chat/background/titles/titles.ts';
import { smallestModel } from '../../src/chat/background/smallest-model.ts';
import { eventually, openBench, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { pullStrings, type Puppet, type Strings } from '../support/puppet.ts';
import type { Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
beforeAll(async () => {
  bench = await openBench({ AUTOMATIC_TITLES: 'on' });
  strings = pullStrings(bench.model);
  ana = await bench.person('Ana');
});
afterAll(() => bench.close());

const isTitleCall = (call: Puppet) => call.turns[0]?.content.startsWith('Write a title') ?? false;
const isSummaryCall = (call: Puppet) => call.turns[0]?.content.startsWith('Summarize') ?? false;
const ledger = (conversationId: string) =>
  query<{ purpose: string; model: string }>(
    bench.salon.dir,
    'select purpose, model from ledger_entries where subject_id = ?',
    conversationId,
  );

function finish(call: Puppet, text: string) {
  call.say(text);
  call.finish();
}

/** A conversation with one question and its answer, and the call for its title. */
async function begun(question: string) {
  const { id, reply } = await ana.begin({ content: question, model: 'gpt-4o' });
  finish(await strings.next(question), 'An answer.');
  await ana.ended(id, reply.id);
  return { id, titleCall: await strings.next(question) };
}
const titled = (id: string, title: string) =>
  eventually(async () => ((await ana.read(id)).title === title ? true : undefined));

it('asks the smallest model of the family after the first answer, and shows its title', async () => {
  const { id, titleCall } = await begun('How do tides work?');
  expect(isTitleCall(titleCall)).toBe(true);
  expect(titleCall.body['model']).toBe('gpt-4o-mini');
  expect(titleCall.body).not.toHaveProperty('max_tokens');
  expect(titleCall.turns[1]?.content).toBe('Question: How do tides work?\n\nAnswer: An answer.');
  expect((await ana.read(id)).title).toBe('How do tides work?');
  finish(titleCall, '"Tides and the Moon."\n');
  await titled(id, 'Tides and the Moon');
  const entries = await eventually(() => (ledger(id).length > 0 ? ledger(id) : undefined));
  expect(entries).toEqual([{ purpose: 'title', model: 'gpt-4o-mini' }]);
});

it('keeps the question as the title when that fails, and never asks again', async () => {
  const { id, titleCall } = await begun('What is a fjord?');
  titleCall.drop();
  await eventually(() => (ledger(id).length > 0 ? true : undefined));
  const calls = strings.calls();
  const { reply } = await ana.ask(id, 'And a lagoon?');
  finish(await strings.next('And a lagoon?'), 'Water.');
  await ana.ended(id, reply.id);
  await ana.ask(id, 'Thanks!');
  finish(await strings.next('Thanks!'), 'Welcome.');
  // A summary is asked for after the third answer, where a title would have been asked for before it.
  const summary = await strings.next('What is a fjord?');
  expect(isSummaryCall(summary)).toBe(true);
  finish(summary, 'Water.');
  expect(strings.calls()).toBe(calls + 3);
  expect((await ana.read(id)).title).toBe('What is a fjord?');
});

it('never overwrites a title that a person has given meanwhile', async () => {
  const { id, titleCall } = await begun('Why is the sky blue?');
  await ana.call('PATCH', `/conversations/${id}`, { title: 'My own' });
  finish(titleCall, 'Sky and light');
  const other = await begun('Why is grass green?');
  finish(other.titleCall, 'Grass');
  await titled(other.id, 'Grass');
  expect((await ana.read(id)).title).toBe('My own');
});

it('asks nobody for a person who has switched it off, nor for a conversation with a title of its own', async () => {
  const ben = await bench.person('Ben');
  expect((await ben.call('PATCH', '/settings', { automatic_titles: false })).body).toMatchObject({
    automatic_titles: false,
  });
  const page = await ben.page('/settings');
  expect(page.body).toMatch(/<option value="0" selected>/);
  const calls = strings.calls();
  for (const [person, fields] of [
    [ben, {}],
    [ana, { title: 'Named' }],
  ] as const) {
    const { id, reply } = await person.begin({ content: 'Silent question', ...fields });
    finish(await strings.next('Silent question'), 'Yes.');
    await person.ended(id, reply.id);
    const next = await person.ask(id, 'Silent again');
    finish(await strings.next('Silent again'), 'Yes.');
    await person.ended(id, next.reply.id);
  }
  expect(strings.calls()).toBe(calls + 4);
});

it('tells a new title to the pages that follow the conversation', async () => {
  const { id, titleCall } = await begun('Where do storks go?');
  const response = await fetch(`${ana.url}/events?conversation=${id}`, { headers: { cookie: ana.cookie } });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  finish(titleCall, 'Storks in winter');
  let text = '';
  while (!text.includes('event: title')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  expect(text).toContain('"title":"Storks in winter"');
});

it('summarises after three exchanges, goes on from an edited summary, and feeds GET /api/sessions', async () => {
  const { id, titleCall } = await begun('Plan a trip');
  finish(titleCall, 'Trip');
  await titled(id, 'Trip');
  const more = async (question: string) => {
    const { reply } = await ana.ask(id, question);
    finish(await strings.next(question), 'Done.');
    await ana.ended(id, reply.id);
  };
  await more('To the sea');
  await more('In May');
  const first = await strings.next('Plan a trip');
  expect(isSummaryCall(first)).toBe(true);
  finish(first, 'A trip to the sea in May.');
  const summaryIs = (summary: string) =>
    eventually(async () => ((await ana.read(id))['summary'] === summary ? true : undefined));
  await summaryIs('A trip to the sea in May.');
  const sessions = await ana.call<{ session_id: string }[]>('GET', '/api/sessions');
  expect(sessions.body).toContainEqual({ session_id: id, summary: 'A trip to the sea in May.' });
  await ana.call('PATCH', `/conversations/${id}`, { summary: 'Trip, sea, May.' });
  for (const question of ['By train', 'With a dog', 'For a week']) await more(question);
  const second = await strings.next('Trip, sea, May.');
  expect(second.turns[1]?.content).not.toContain('Plan a trip');
  expect(second.turns[1]?.content).toContain('By train');
  finish(second, 'By train with a dog.');
  await summaryIs('By train with a dog.');
});

it.each([
  ['"Tides"', 'Tides'],
  ['Title: **Tides and Moon**', 'Tides and Moon'],
  ['„Gezeiten“.', 'Gezeiten'],
  ['\n\n# Tides\nand more', 'Tides'],
  ['x '.repeat(100), `${'x '.repeat(39)}x…`],
  ['   ', ''],
])('takes off what models put around a title: %j', (text, title) => {
  expect(cleanTitle(text)).toBe(title);
});

it("finds a smaller model of the same family only, and none on a machine of one's own", () => {
  const chat = (name: string, more: object = {}) => ({ name, kind: 'chat' as const, ...more });
  const listed = ['gpt-6-sol', 'gpt-5.4-nano', 'gpt-5.4-mini', 'gpt-4o-mini-audio', 'o4-mini'].map((name) =>
    chat(name),
  );
  expect(smallestModel('gpt-6-sol', listed)).toBe('gpt-5.4-nano');
  expect(smallestModel('mistral-large', listed)).toBe('mistral-large');
  const priced = [
    chat('openai/gpt-5-nano', { price: { prompt: 1, completion: 4 } }),
    chat('openai/gpt-5-mini', { price: { prompt: 1, completion: 2 } }),
    chat('other/gpt-mini', { price: { prompt: 0, completion: 0 } }),
  ];
  expect(smallestModel('openai/gpt-5', priced)).toBe('openai/gpt-5-mini');
  expect(
    smallestModel('phi4', [chat('phi4', { owner: 'library' }), chat('phi4-mini', { owner: 'library' })]),
  ).toBe('phi4');
});
