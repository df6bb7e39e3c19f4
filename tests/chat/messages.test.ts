import { expect, it } from 'vitest';
import type { ConversationJson, ExchangeJson, Person } from '../support/chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

const callsAbout = (word: string) =>
  bench.model.calls().filter(({ body }) => JSON.stringify(body).includes(word));
const tenTimes = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 10 }, work));

it('ten sends with one client id are one question, one answer, one call', async () => {
  const { id } = await ana.begin({});
  const send = () => ana.ask(id, 'sent-ten-times [[n=2 tps=50]]', { client_id: 'double-click' });
  const answers = await tenTimes(send);
  expect(new Set(answers.map(({ message, reply }) => `${message.id} ${reply.id}`)).size).toBe(1);
  await ana.ended(id, answers[0]?.reply.id ?? '');
  const later = await send();
  expect(later.reply).toMatchObject({ id: answers[0]?.reply.id, status: 'complete' });
  expect((await ana.read(id)).messages).toHaveLength(2);
  expect(callsAbout('sent-ten-times')).toHaveLength(1);
});

it('ten new conversations with one client id are one conversation', async () => {
  const begin = () => ana.begin({ content: 'begun-ten-times [[n=2]]', client_id: 'new-one' });
  const answers = await tenTimes(begin);
  expect(new Set(answers.map(({ id, reply }) => `${id} ${reply.id}`)).size).toBe(1);
  const [{ id, reply }] = answers as [ConversationJson & ExchangeJson];
  await ana.ended(id, reply.id);
  expect((await begin()).id).toBe(id);
  expect((await ana.read(id)).messages).toHaveLength(2);
  expect(callsAbout('begun-ten-times')).toHaveLength(1);
  const empty = await tenTimes(() => ana.begin({ title: 'Empty', client_id: 'empty-one' }));
  expect(new Set(empty.map((conversation) => conversation.id)).size).toBe(1);
});

it('the same client id in another conversation is another question', async () => {
  const [one, two] = [await ana.begin({}), await ana.begin({})];
  const first = await ana.ask(one.id, 'same id here [[n=1]]', { client_id: 'reused' });
  const second = await ana.ask(two.id, 'same id there [[n=1]]', { client_id: 'reused' });
  expect(first.message.id).not.toBe(second.message.id);
});

it.each([
  { content: '' },
  { content: '\n\t ' },
  {},
  { content: null },
  { content: ['x'] },
  { content: 'x'.repeat(200_001) },
  { content: 'x', client_id: 'y'.repeat(101) },
])('refuses %o with 422 and stores nothing', async (body) => {
  const { id } = await ana.begin({});
  const answer = await ana.call<{ errors: object[]; request_id: string }>(
    'POST',
    `/conversations/${id}/messages`,
    body,
  );
  expect(answer.status).toBe(422);
  expect(answer.body.errors).toHaveLength(1);
  expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
  expect((await ana.read(id)).messages).toEqual([]);
});

it('takes 200,000 characters of any script, and gives them back as they were', async () => {
  const { id } = await ana.begin({});
  const text = `[[n=1]]${'語'.repeat(100_000)}${'😀'.repeat(49_990)}\n\n  end`;
  const { message, reply } = await ana.ask(id, text);
  expect(message.content).toBe(text);
  await ana.ended(id, reply.id);
  expect((await ana.read(id)).messages[0]?.content).toBe(text);
});

it('stores a text in one form: line ends, NUL, half characters', async () => {
  const { id } = await ana.begin({});
  const { message } = await ana.ask(id, 'a\r\nb\rc\0d\ud800e [[n=1]]');
  expect(message.content).toBe('a\nb\nc\ufffdd\ufffde [[n=1]]');
});

it('two messages in the same moment have one order, and the second waits for the first answer', async () => {
  const { id } = await ana.begin({});
  const answers = await Promise.all(
    Array.from({ length: 4 }, (_, i) => ana.ask(id, `at-once-${i} [[n=3 tps=40]]`)),
  );
  for (const { reply } of answers)
    expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete' });
  const { messages } = await ana.read(id);
  expect(messages).toHaveLength(8);
  messages.forEach((message, i) => {
    expect(message.parent_id).toBe(messages[i - 1]?.id ?? null);
    expect(message.role).toBe(i % 2 === 0 ? 'user' : 'assistant');
  });
  // The last one in the order was asked with all answers before it.
  const last = callsAbout(messages[6]?.content ?? '').at(-1)?.body['messages'] as {
    role: string;
    content: string;
  }[];
  expect(last.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
  ]);
  expect(last[1]?.content).toBe('wört0 wört1 wört2 ');
});

it('answers with the pair as it is shown: siblings and parents', async () => {
  const { id, message, reply } = await ana.begin({ content: 'Root [[n=1]]' });
  await ana.ended(id, reply.id);
  const one = await ana.ask(id, 'One [[n=1]]', { parent_id: reply.id });
  const two = await ana.ask(id, 'Two [[n=1]]', { parent_id: reply.id });
  expect(one.message.siblings).toEqual([one.message.id]);
  expect(two.message.siblings).toEqual([one.message.id, two.message.id]);
  expect(two.message.parent_id).toBe(reply.id);
  const current = await ana.read(id);
  expect(current.messages.map((each) => each.id)).toEqual([
    message.id,
    reply.id,
    two.message.id,
    two.reply.id,
  ]);
  const other = await ana.call<ConversationJson>('GET', `/conversations/${id}?at=${one.message.id}`);
  expect(other.body.messages.map((each) => each.id)).toEqual([
    message.id,
    reply.id,
    one.message.id,
    one.reply.id,
  ]);
  expect(other.body.messages[2]?.siblings).toEqual([one.message.id, two.message.id]);
});
