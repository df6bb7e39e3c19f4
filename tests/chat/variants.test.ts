import { expect, it } from 'vitest';
import type { ExchangeJson, MessageJson, Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets } from '../support/set-up.ts';

let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ ana, strings } = opened));

type Varied = MessageJson & { variant?: { kind: string; hint?: string } };

async function answered(): Promise<ExchangeJson & { id: string; content: string }> {
  const { call, ...exchange } = await asked();
  call.say('The first answer.');
  call.finish();
  await ana.ended(exchange.id, exchange.reply.id);
  return exchange;
}
const again = (replyId: string, body: object): Promise<Varied> => ana.regenerate(replyId, body);

it('asks for a shorter answer with the question, which stays as it was written', async () => {
  const { id, content, message, reply } = await answered();
  const second = await again(reply.id, { variant: 'shorter' });
  expect(second).toMatchObject({ variant: { kind: 'shorter' }, siblings: [reply.id, second.id] });
  const call = await strings.next(content);
  expect(call.turns).toHaveLength(1);
  expect(call.prompt).toMatch(/^question \d+\.\n\nAnswer more briefly/);
  call.finish();
  await ana.ended(id, second.id);
  expect(await ana.find(id, message.id)).toMatchObject({ content });
  expect(await ana.find(id, reply.id)).toMatchObject({ content: 'The first answer.' });
});

it('gives the model a hint, together with a word or alone', async () => {
  const { id, content, reply } = await answered();
  const alone = await again(reply.id, { hint: 'Think of rain.' });
  expect(alone.variant).toEqual({ kind: 'hint', hint: 'Think of rain.' });
  const first = await strings.next(content);
  expect(first.prompt).toContain('\n\nTake this into account in your answer: Think of rain.');
  first.finish();
  const both = await again(reply.id, { variant: 'thorough', hint: 'Think of snow.' });
  expect(both.variant).toEqual({ kind: 'thorough', hint: 'Think of snow.' });
  const second = await strings.next(content);
  expect(second.prompt).toMatch(/more thoroughly .*Think of snow\.$/);
  second.finish();
  await ana.ended(id, both.id);
});

it('labels another model only where it is not the one that was chosen before', async () => {
  const { content, reply } = await answered();
  const other = await again(reply.id, { model: 'other-model', current_model: 'this-model' });
  expect(other.variant).toEqual({ kind: 'model' });
  const call = await strings.next(content);
  expect(call.body['model']).toBe('other-model');
  call.finish();
  const same = await again(reply.id, { model: 'this-model', current_model: 'this-model' });
  expect(same.variant).toBeUndefined();
  const plain = await strings.next(content);
  expect(plain.prompt).toBe(content);
  plain.finish();
});

it('asks in the same way when the answer goes on', async () => {
  const { id, content, reply } = await answered();
  const second = await again(reply.id, { variant: 'longer' });
  const call = await strings.next(content);
  call.say('It begins');
  call.cut();
  expect(await ana.ended(id, second.id)).toMatchObject({ status: 'interrupted', content: 'It begins' });
  await ana.continueReply(second.id);
  const next = await strings.next('Continue exactly');
  expect(next.turns[0]?.content).toMatch(/Answer at greater length/);
  next.finish();
  await ana.ended(id, second.id);
});

it('refuses an unknown word and an endless hint', async () => {
  const { reply } = await answered();
  const refuse = async (body: object) =>
    (await ana.call('POST', `/messages/${reply.id}/regenerate`, body)).status;
  expect(await refuse({ variant: 'funnier' })).toBe(422);
  expect(await refuse({ hint: 'x'.repeat(2001) })).toBe(422);
});

it('does it by form, says above the answer how it was asked for, and gives a refused form back', async () => {
  const { id, content, reply } = await answered();
  const page = await ana.page(`/conversations/${id}?at=${reply.id}&form=${reply.id}`);
  expect(page.body).toContain(`action="/messages/${reply.id}/regenerate"`);
  const sent = await ana.form(`/messages/${reply.id}/regenerate`, {
    variant: 'shorter',
    hint: '<b>Rain</b>',
  });
  expect(sent.status).toBe(303);
  (await strings.next(content)).finish();
  const { body } = await ana.page(sent.location);
  expect(body).toContain('Asked for a shorter answer. Hint: &lt;b&gt;Rain&lt;/b&gt;');
  const refused = await ana.form(`/messages/${reply.id}/regenerate`, { hint: 'y'.repeat(2001) });
  expect(refused.status).toBe(422);
  expect(refused.body).toMatch(/<textarea[^>]*id="again-hint"[^>]*>y{2001}<\/textarea>/);
});

it('lets one answer to a question be written at a time, however often it is asked for', async () => {
  const { id, content, reply } = await answered();
  const told = await Promise.all(
    Array.from({ length: 5 }, () => ana.call('POST', `/messages/${reply.id}/regenerate`, {})),
  );
  expect(told.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  expect(told.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'answer_running' });
  const call = await strings.next(content);
  const { siblings } = (await ana.find(id, reply.id)) ?? { siblings: [] };
  expect(siblings).toHaveLength(2);
  const stopped = await ana.stop(siblings[1] ?? '');
  const third = await ana.regenerate(reply.id);
  expect((await ana.call('POST', `/replies/${stopped.id}/continue`)).body).toMatchObject({
    code: 'answer_running',
  });
  const page = await ana.form(`/messages/${reply.id}/regenerate`);
  expect(page.status).toBe(409);
  expect(page.body).toContain('An answer to this question is still being written.');
  await ana.stop(third.id);
  expect(call.isClosed()).toBe(true);
  expect((await ana.continueReply(stopped.id)).status).toBe('queued');
});
