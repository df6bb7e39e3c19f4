import { expect, it } from 'vitest';
import type { MessageJson, Person } from '../support/chat.ts';
import { textOf, thoughtOf } from '../support/model-server-chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

type Thoughtful = MessageJson & { reasoning?: { ms: number; tokens?: number; text?: string } };

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened), { OPENAI_MAX_RETRIES: '0', OPENAI_TIMEOUT: '1' });

async function think(words: string) {
  const { id, reply } = await ana.begin({ content: `Question [[${words}]]` });
  const message: Thoughtful = await ana.ended(id, reply.id);
  const whole = await ana.call<{ messages: Thoughtful[] }>('GET', `/conversations/${id}?include=reasoning`);
  const text = whole.body.messages.at(-1)?.reasoning?.text;
  return { id, replyId: reply.id, message, text, page: (await ana.page(`/conversations/${id}`)).body };
}

it('is kept beside the answer: with its time, its tokens and, for who asks, its text', async () => {
  const { message, text, page } = await think('n=3 thoughts=4 tps=50');
  expect(message.content).toBe(textOf(3));
  expect(message.reasoning).toEqual({ ms: expect.any(Number) as number, tokens: 4 });
  expect(message.reasoning?.ms).toBeGreaterThan(40);
  expect(text).toBe(thoughtOf(4));
  expect(page).toMatch(
    /<details class="thinking">[^]*Thought for a moment[^]*thöught 3[^]*<\/details>[^]*wört0/,
  );
});

it('is told while it goes on, with the last heading, and moves no position', async () => {
  const { reply } = await ana.begin({ content: 'Question [[n=4 thoughts=9 tps=6]]' });
  const { events } = await ana.follow(reply.id, { query: '?format=text' });
  const told = events.filter(({ event }) => event === 'reasoning');
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told.length).toBeLessThanOrEqual(3);
  expect(told.at(-1)?.data['ms']).toBeGreaterThan(900);
  expect(told.at(-1)?.data['heading']).toMatch(/^Step \d$/);
  expect(told.every(({ id }) => id === undefined)).toBe(true);
  expect(
    events
      .filter(({ event }) => event === 'delta')
      .map(({ data }) => data['text'])
      .join(''),
  ).toBe(textOf(4));
});

it('is told to who comes in the middle of it', async () => {
  const { reply } = await ana.begin({ content: 'Question [[n=1 thoughts=30 tps=20]]' });
  await ana.follow(reply.id, { until: ({ event }) => event === 'reasoning' });
  const { events } = await ana.follow(reply.id, { until: ({ event }) => event === 'reasoning' });
  expect(events.map(({ event }) => event)).toEqual(['status', 'reasoning']);
  await ana.stop(reply.id);
});

it('of a model that keeps it to itself lasts until the first word', async () => {
  const { message, text, page } = await think('n=2 thoughts=5 as=silent ttft=1100');
  expect(message.reasoning?.tokens).toBe(5);
  expect(message.reasoning?.ms).toBeGreaterThan(1000);
  expect(text).toBe('');
  expect(page).toMatch(/<p class="thinking">Thought for \d second/);
});

it('never goes back to the model, into a title or the history', async () => {
  const { id, message } = await think('n=2 thoughts=2 as=tag');
  const { reply } = await ana.ask(id, 'And then? [[n=1]]', { parent_id: message.id });
  await ana.ended(id, reply.id);
  const sent = JSON.stringify(bench.model.calls().at(-1)?.body);
  expect(sent).toContain('wört1');
  expect(sent).not.toContain('thöught');
  expect(JSON.stringify((await ana.call('GET', '/history')).body)).not.toContain('thöught');
});

it('that used up the length is told as such', async () => {
  const { message, page } = await think('n=0 thoughts=3 finish=length');
  expect(message).toMatchObject({ status: 'complete', content: '', finish_reason: 'length' });
  expect(page).toContain('Thinking used up the length limit');
  expect(page).not.toContain('/continue"');
});

it('stays when the answer breaks off, and goes on with it', async () => {
  const { id, replyId, message } = await think('n=3 thoughts=2 stall=1');
  expect(message).toMatchObject({ status: 'interrupted', content: textOf(1) });
  await ana.continueReply(replyId);
  const after: Thoughtful = await ana.ended(id, replyId);
  expect(after.content.startsWith(textOf(1))).toBe(true);
  const whole = await ana.call<{ messages: Thoughtful[] }>('GET', `/conversations/${id}?include=reasoning`);
  expect(whole.body.messages.at(-1)?.reasoning?.text?.startsWith(thoughtOf(2))).toBe(true);
});

it('of an answer without a word is forgotten when it is tried anew', async () => {
  const { id, replyId, message, text } = await think('n=3 thoughts=2 stall=0');
  expect(message).toMatchObject({ status: 'failed', content: '' });
  expect(text).toBe(thoughtOf(2));
  await ana.continueReply(replyId);
  await ana.ended(id, replyId);
  const whole = await ana.call<{ messages: Thoughtful[] }>('GET', `/conversations/${id}?include=reasoning`);
  expect(whole.body.messages.at(-1)?.reasoning?.text).toBe(thoughtOf(2));
});

it('that is long stands on the page in part, and whole on request', async () => {
  const { id, replyId, page } = await think('n=1 thoughts=200');
  expect(page).not.toContain('thöught 199');
  expect(page).toContain(`?thinking=${replyId}`);
  const whole = (await ana.page(`/conversations/${id}?thinking=${replyId}`)).body;
  expect(whole).toMatch(/<details class="thinking" open>[^]*thöught 199/);
});

it('is escaped, and of nobody else', async () => {
  const { id, replyId } = await think('n=1 thoughts=1');
  const ben = await bench.person('Ben');
  expect((await ben.page(`/conversations/${id}?thinking=${replyId}`)).status).toBe(404);
  expect((await ben.call('GET', `/conversations/${id}?include=reasoning`)).status).toBe(404);
});
