import { expect, it } from 'vitest';
import type { ExchangeJson, Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets } from '../support/set-up.ts';

let strings: Strings;
let ana: Person;
setUpPuppets((opened) => ({ strings, ana } = opened), { OPENAI_MAX_RETRIES: '0' });

async function answered(id: string, question: string, answer: string, more: object = {}) {
  const { message, reply } = await ana.ask(id, question, more);
  const call = await strings.next(question);
  if (answer !== '') call.say(answer);
  call.finish();
  await ana.ended(id, reply.id);
  return { message, reply, call };
}

it('sends the system prompt, then the branch from its root, then the question', async () => {
  const { id } = await ana.begin({ system_prompt: 'You are brief.' });
  await answered(id, 'First question', 'First answer');
  await answered(id, 'Second question', 'Second answer');
  const { call } = await answered(id, 'Third question', 'Third answer');
  expect(call.turns).toEqual([
    { role: 'system', content: 'You are brief.' },
    { role: 'user', content: 'First question' },
    { role: 'assistant', content: 'First answer' },
    { role: 'user', content: 'Second question' },
    { role: 'assistant', content: 'Second answer' },
    { role: 'user', content: 'Third question' },
  ]);
});

it('sends the branch that the question belongs to, not the others', async () => {
  const { id } = await ana.begin({});
  const root = await answered(id, 'Root', 'Root answer');
  await answered(id, 'Left', 'Left answer', { parent_id: root.reply.id });
  const { call } = await answered(id, 'Right', 'Right answer', { parent_id: root.reply.id });
  expect(call.turns.map(({ content }) => content)).toEqual(['Root', 'Root answer', 'Right']);
  const below = await answered(id, 'Below', 'x');
  expect(below.call.turns.map(({ content }) => content)).toEqual([
    'Root',
    'Root answer',
    'Right',
    'Right answer',
    'Below',
  ]);
});

it('leaves out answers without text, with their questions', async () => {
  const { id } = await ana.begin({});
  await answered(id, 'Answered with nothing', '');
  await answered(id, 'Answered with blanks', ' \n ');
  const failed = await ana.ask(id, 'Failed one');
  (await strings.next('Failed one')).cut();
  expect(await ana.ended(id, failed.reply.id)).toMatchObject({ status: 'failed', content: '' });
  const { call } = await answered(id, 'Real question', 'Real answer');
  expect(call.turns).toEqual([{ role: 'user', content: 'Real question' }]);
});

it('keeps what there is of an answer that broke off', async () => {
  const { id } = await ana.begin({});
  const cut = await ana.ask(id, 'Cut one');
  const call = await strings.next('Cut one');
  call.say('Half an ans');
  call.cut();
  expect(await ana.ended(id, cut.reply.id)).toMatchObject({ status: 'interrupted', content: 'Half an ans' });
  const next = await answered(id, 'After the break', 'ok');
  expect(next.call.turns.map(({ content }) => content)).toEqual([
    'Cut one',
    'Half an ans',
    'After the break',
  ]);
});

it("sends the message's model and the conversation's parameters", async () => {
  const { id } = await ana.begin({ model: 'gpt-4o' });
  await ana.call('PATCH', `/conversations/${id}`, {
    parameters: { temperature: 0.25, top_p: 0.5, max_tokens: 77 },
  });
  const first = await answered(id, 'By the conversation', 'x');
  expect(first.call.body).toMatchObject({
    model: 'gpt-4o',
    temperature: 0.25,
    top_p: 0.5,
    max_tokens: 77,
    stream: true,
  });
  const second = await answered(id, 'By the message', 'x', { model: 'gpt-4o-mini' });
  expect(second.call.body['model']).toBe('gpt-4o-mini');
  expect((await ana.find(id, second.reply.id))?.model).toBe('gpt-4o-mini');
  await ana.call('PATCH', `/conversations/${id}`, { model: 'auto', parameters: {} });
  const third = await answered(id, 'By nobody', 'x', { model: 'auto' });
  expect(third.call.body['model']).toMatch(/^gpt-4o/);
  expect(third.call.body).not.toHaveProperty('temperature');
});

it('keeps how long the model may think with the conversation, beside its other settings', async () => {
  const { id } = await ana.begin({ effort: 'fast' });
  expect(await ana.read(id)).toMatchObject({ parameters: { effort: 'fast' } });
  await ana.call('PATCH', `/conversations/${id}`, { parameters: { temperature: 0.5 } });
  await ana.call('PATCH', `/conversations/${id}`, { effort: 'thorough' });
  expect(await ana.read(id)).toMatchObject({ parameters: { temperature: 0.5, effort: 'thorough' } });
  await ana.call('PATCH', `/conversations/${id}`, { effort: null });
  expect((await ana.read(id)).parameters).toEqual({ temperature: 0.5 });
});

it('takes a system prompt that was changed from the next question on', async () => {
  const { id } = await ana.begin({ system_prompt: 'old' });
  await answered(id, 'q1', 'a1');
  await ana.call('PATCH', `/conversations/${id}`, { system_prompt: 'new' });
  const { call } = await answered(id, 'q2', 'a2');
  expect(call.turns[0]).toEqual({ role: 'system', content: 'new' });
  await ana.call('PATCH', `/conversations/${id}`, { system_prompt: null });
  expect((await answered(id, 'q3', 'a3')).call.turns[0]?.role).toBe('user');
});

it('waits with an answer on a branch whose earlier answer is still written', async () => {
  const { id, reply } = await ana.begin({ content: 'long story' });
  const second = await ana.ask(id, 'quick remark');
  const story = await strings.next('long story');
  story.say('Once upon ');
  const path = `/messages/${second.message.id}/edit`;
  const other = (await ana.call<ExchangeJson>('POST', path, { content: 'quick remark' })).body.reply;
  story.say('a time');
  story.finish();
  const [one, two] = [await strings.next('quick remark'), await strings.next('quick remark')];
  for (const call of [one, two]) {
    expect(call.turns.map(({ content }) => content)).toEqual([
      'long story',
      'Once upon a time',
      'quick remark',
    ]);
    call.say('x');
    call.finish();
  }
  for (const replyId of [reply.id, second.reply.id, other.id])
    expect(await ana.ended(id, replyId)).toMatchObject({ status: 'complete' });
});
