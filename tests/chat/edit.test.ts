import { expect, it } from 'vitest';
import type { ConversationJson, ExchangeJson, Person } from '../support/chat.ts';
import { setUpPuppets } from '../support/set-up.ts';
import type { Strings } from '../support/puppet.ts';

let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ ana, strings } = opened));

const edit = (id: string, body: object) => ana.call<ExchangeJson>('POST', `/messages/${id}/edit`, body);
const idsOf = ({ messages }: ConversationJson) => messages.map(({ id }) => id);

it('asks the first question in other words beside it, and goes on there', async () => {
  const { id, message, reply, call } = await asked();
  call.say('First answer.');
  call.finish();
  await ana.ended(id, reply.id);
  const { status, body } = await edit(message.id, { content: 'other words' });
  expect(status).toBe(201);
  expect(body.message).toMatchObject({ parent_id: null, siblings: [message.id, body.message.id] });
  const second = await strings.next('other words');
  expect(second.turns).toEqual([{ role: 'user', content: 'other words' }]);
  second.say('Second answer.');
  second.finish();
  await ana.ended(id, body.reply.id);
  expect(idsOf(await ana.read(id))).toEqual([body.message.id, body.reply.id]);
  const before = await ana.call<ConversationJson>('GET', `/conversations/${id}?at=${message.id}`);
  expect(before.body.messages.map(({ content }) => content)).toEqual([message.content, 'First answer.']);
});

it('sends with the new words what was said before them, and nothing of what followed', async () => {
  const { id, message, reply, call } = await asked();
  call.say('One.');
  call.finish();
  await ana.ended(id, reply.id);
  const later = await ana.ask(id, 'later question');
  (await strings.next('later question')).finish();
  await ana.ended(id, later.reply.id);
  const { body } = await edit(later.message.id, { content: 'changed question' });
  const call2 = await strings.next('changed question');
  expect(call2.turns.map(({ content }) => content)).toEqual([message.content, 'One.', 'changed question']);
  expect(body.message.parent_id).toBe(reply.id);
  call2.finish();
});

it('lets the answer to the first words go on', async () => {
  const { id, message, reply, call } = await asked();
  const { body } = await edit(message.id, { content: 'meanwhile this' });
  (await strings.next('meanwhile this')).finish();
  await ana.ended(id, body.reply.id);
  call.say('Still here.');
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete', content: 'Still here.' });
});

it('makes one question of an edit that is sent twice', async () => {
  const { id, message, call } = await asked();
  call.finish();
  const body = { content: 'edited twice', client_id: 'twice' };
  const [one, two] = await Promise.all([edit(message.id, body), edit(message.id, body)]);
  expect(two.body).toEqual(one.body);
  (await strings.next('edited twice')).finish();
  const { messages } = await ana.read(id);
  expect(messages[0]?.siblings).toEqual([message.id, one.body.message.id]);
});

it('edits no answer', async () => {
  const { reply, call } = await asked();
  call.finish();
  expect((await edit(reply.id, { content: 'x' })).status).toBe(404);
});

it('leads by a link to a form with the question, and from there to the new branch', async () => {
  const { id, message, call } = await asked();
  call.finish();
  const page = await ana.page(`/conversations/${id}`);
  const link = `/conversations/${id}?at=${message.id}&amp;form=${message.id}#message-${message.id}`;
  expect(page.body).toContain(`href="${link}"`);
  const form = await ana.page(`/conversations/${id}?at=${message.id}&form=${message.id}`);
  expect(form.body).toContain(`action="/messages/${message.id}/edit"`);
  expect(form.body).toMatch(new RegExp(`<textarea[^>]*id="edit-content"[^>]*>${message.content}</textarea>`));
  const sent = await ana.form(`/messages/${message.id}/edit`, { content: 'by form' });
  expect(sent.status).toBe(303);
  (await strings.next('by form')).finish();
  const after = await ana.page(sent.location);
  expect(after.body).toContain('by form');
  expect(after.body).toContain('2/2');
});

it('gives the form back in its place with what was typed', async () => {
  const { message, call } = await asked();
  call.finish();
  const refused = await ana.form(`/messages/${message.id}/edit`, { content: 'x'.repeat(200_001) });
  expect(refused.status).toBe(422);
  expect(refused.body).toMatch(/<textarea[^>]*id="edit-content"[^>]*>x{200001}<\/textarea>/);
  expect(refused.body).toMatch(/<textarea[^>]*id="content"[^>]*><\/textarea>/);
});
