import { afterAll, beforeAll, expect, it } from 'vitest';
import { settingsFor, signUpAt, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { pullStrings, type Strings } from '../support/puppet.ts';
import { startSalon, type Salon } from '../support/salon.ts';

type SeenJson = {
  context: {
    model: string;
    instructions: { text: string; changed: boolean } | null;
    messages: { id: string; role: string; excerpt: string; url: string }[];
    message_count: number;
    cut: boolean;
    counted: boolean;
    tokens: Record<'instructions' | 'messages' | 'attachments' | 'question' | 'total', number>;
    context_tokens: number;
    context_known: boolean;
    reserved_tokens: number;
  } | null;
};

let model: ModelServer;
let salon: Salon;
let ana: Person;
let strings: Strings;
beforeAll(async () => {
  const listed = [
    { id: 'small', object: 'model', context_length: 2000 },
    { id: 'gpt-4o', object: 'model', context_length: 2000 },
    { id: 'unknown', object: 'model' },
  ];
  model = await startModelServer({ models: { object: 'list', data: listed } });
  salon = await startSalon({ ...settingsFor(model), OPENAI_MAX_RETRIES: '0' });
  strings = pullStrings(model);
  ana = await signUpAt(salon.url, 'Ana');
  await ana.call('GET', '/models');
});
afterAll(async () => {
  await salon.close();
  await model.close();
});

/** About 1,000 tokens by the estimate of four characters each. */
const long = (word: string) => `${word} ${'blue sky '.repeat(440)}`;

async function answered(id: string, question: string, answer = 'Fine.') {
  const { message, reply } = await ana.ask(id, question);
  const call = await strings.next(question.slice(0, 20));
  call.say(answer);
  call.finish();
  await ana.ended(id, reply.id);
  return { message, reply, call };
}
const seen = async (replyId: string) =>
  (await ana.call<SeenJson>('GET', `/messages/${replyId}/context`)).body.context;

it('sends everything while it fits, and tells the tokens of each part', async () => {
  const { id } = await ana.begin({ model: 'small', system_prompt: 'You are brief, always.' });
  const first = await answered(id, 'First question');
  const { message, reply } = await answered(id, 'Second question');
  expect(await seen(reply.id)).toMatchObject({
    model: 'small',
    instructions: { text: 'You are brief, always.', changed: false },
    messages: [
      { id: first.message.id, role: 'user', excerpt: 'First question' },
      { id: first.reply.id, role: 'assistant', excerpt: 'Fine.' },
      { id: message.id, role: 'user', excerpt: 'Second question' },
    ],
    message_count: 3,
    cut: false,
    counted: false,
    tokens: { instructions: 6, messages: 14, attachments: 0, question: 8, total: 28 },
    context_tokens: 2000,
    context_known: true,
    reserved_tokens: 500,
  });
});

it('leaves out the oldest exchanges as a whole, and marks where', async () => {
  const { id } = await ana.begin({ model: 'small', system_prompt: 'Kept always.' });
  await answered(id, long('Alpha'));
  const beta = await answered(id, 'Beta', long('answer'));
  const gamma = await answered(id, 'Gamma');
  const { reply, call } = await answered(id, 'Delta');
  expect(call.turns.map(({ content }) => content.slice(0, 12))).toEqual([
    'Kept always.',
    'Beta',
    'answer blue ',
    'Gamma',
    'Fine.',
    'Delta',
  ]);
  expect(await seen(reply.id)).toMatchObject({ cut: true, message_count: 5 });
  const page = await ana.page(`/conversations/${id}`);
  const mark = page.body.indexOf('class="context-cut"');
  expect(mark).toBeGreaterThan(page.body.indexOf('Alpha blue'));
  expect(page.body.slice(mark)).toMatch(new RegExp(`^[^]{1,400}id="message-${beta.message.id}"`));
  expect(page.body.split('class="context-cut"')).toHaveLength(2);
  expect(page.body).toContain(`href="/messages/${gamma.reply.id}/context"`);
});

it("counts with the tokenizer of OpenAI's models when it comes near their limit", async () => {
  const { id } = await ana.begin({ model: 'gpt-4o' });
  await answered(id, long('Alpha'));
  const { reply, call } = await answered(id, long('Beta'));
  // By the estimate only one of them would fit; with the tokenizer each has 882 tokens, and there is room for 1,500.
  expect(await seen(reply.id)).toMatchObject({ counted: true, cut: true, tokens: { question: 886 } });
  expect(call.turns).toHaveLength(1);
});

it('refuses a question that alone is too large with both numbers, and asks no model', async () => {
  const before = strings.calls();
  const { id } = await ana.begin({ model: 'small' });
  const { reply } = await ana.ask(id, 'x'.repeat(40_000));
  const ended = await ana.ended(id, reply.id);
  expect(ended).toMatchObject({ status: 'failed', error: { code: 'question_too_long' } });
  expect(ended.error?.message).toContain('10,004 tokens');
  expect(ended.error?.message).toContain('1,500');
  expect(strings.calls()).toBe(before);
});

it('assumes a size where none is known, and leaves the refusal to the server', async () => {
  const { id } = await ana.begin({ model: 'unknown' });
  const { reply } = await answered(id, `Huge ${'x'.repeat(150_000)}`);
  expect(await seen(reply.id)).toMatchObject({ context_tokens: 32_768, context_known: false });
});

it('says when instructions have been changed since, and when nothing was recorded', async () => {
  const { id } = await ana.begin({ model: 'small', system_prompt: 'The old ones.' });
  const { reply } = await answered(id, 'Something');
  await ana.call('PATCH', `/conversations/${id}`, { system_prompt: 'The new ones.' });
  expect((await seen(reply.id))?.instructions).toEqual({ text: 'The old ones.', changed: true });
  const page = await ana.page(`/messages/${reply.id}/context`);
  expect(page.body).toContain('The old ones.');
  expect(page.body).not.toContain('The new ones.');
  query(salon.dir, 'delete from reply_contexts where message_id = ?', reply.id);
  expect(await seen(reply.id)).toBeNull();
  expect((await ana.page(`/messages/${reply.id}/context`)).body).toContain('not recorded');
});

it('shows nobody what the model saw of another person', async () => {
  const { id } = await ana.begin({ model: 'small' });
  const { reply, message } = await answered(id, 'Private');
  const ben = await signUpAt(salon.url, 'Ben');
  expect((await ben.call('GET', `/messages/${reply.id}/context`)).status).toBe(404);
  expect((await ana.call('GET', `/messages/${message.id}/context`)).status).toBe(404);
});

it('counts a Chinese character as a token, and four others as one', async () => {
  const { id } = await ana.begin({ model: 'small' });
  const { reply } = await answered(id, `${'公'.repeat(30)} and some words`);
  expect((await seen(reply.id))?.tokens.question).toBe(30 + 4 + 4);
});
