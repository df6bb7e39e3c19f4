import { expect, it } from 'vitest';
import { attach } from '../attachments/setup.ts';
import { untilText } from '../support/answers.ts';
import type { MessageJson, Person } from '../support/chat.ts';
import { readEvents } from '../support/events.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

const change = (id: string, content: string) =>
  ana.call<{ message: MessageJson }>('PATCH', `/messages/${id}`, { content });
const remove = (id: string) => ana.call('DELETE', `/messages/${id}`);
const sendNow = (id: string) => ana.call<{ message: MessageJson }>('POST', `/messages/${id}/send-now`);
const contents = async (id: string) => (await ana.read(id)).messages.map(({ content }) => content);

/** A conversation whose answer runs, and a question behind it. */
async function waiting(text: string) {
  const first = await asked();
  first.call.say('Begun.');
  await untilText(ana, first.reply.id);
  return { first, second: await ana.ask(first.id, text) };
}

it('takes other words until the turn of a question comes, and sends those', async () => {
  const { first, second } = await waiting('waits one');
  const { status, body } = await change(second.message.id, 'other words one');
  expect(status).toBe(200);
  expect(body.message).toMatchObject({ id: second.message.id, content: 'other words one' });
  first.call.finish();
  const call = await strings.next('other words one');
  expect(call.turns.map(({ content }) => content)).toEqual([first.content, 'Begun.', 'other words one']);
  expect((await change(second.message.id, 'too late')).status).toBe(409);
  expect((await remove(second.message.id)).status).toBe(409);
  call.finish();
  await ana.ended(first.id, second.reply.id);
  expect((await change(second.message.id, 'much too late')).status).toBe(409);
});

it('takes other files, and none without words', async () => {
  const keeper = await attach(ana, 'the keeper', 'keeper.txt');
  const boat = await attach(ana, 'the boat', 'boat.txt');
  const { first, second } = await waiting('waits for files');
  const patch = (body: object) =>
    ana.call<{ message: MessageJson }>('PATCH', `/messages/${second.message.id}`, body);
  await patch({ content: 'waits for files', attachments: [keeper.body.id] });
  const { body } = await patch({ content: 'with a boat', attachments: [boat.body.id] });
  expect(body.message.attachments).toMatchObject([{ name: 'boat.txt' }]);
  expect((await patch({ content: '', attachments: [] })).status).toBe(422);
  expect((await patch({ content: 'with a boat', attachments: ['0'.repeat(26)] })).status).toBe(422);
  first.call.finish();
  const call = await strings.next('with a boat');
  expect(call.turns.at(-1)?.content).toBe('File “boat.txt”:\n```\nthe boat\n```\n\nwith a boat');
  call.finish();
  await ana.ended(first.id, second.reply.id);
});

it('is taken back with nothing left of it, and never sent', async () => {
  const { first, second } = await waiting('waits two');
  const before = strings.calls();
  expect((await remove(second.message.id)).status).toBe(204);
  expect(await contents(first.id)).toHaveLength(2);
  first.call.finish();
  await ana.ended(first.id, first.reply.id);
  expect((await ana.call('GET', `/conversations/${first.id}?at=${second.reply.id}`)).status).toBe(404);
  const next = await ana.ask(first.id, 'goes on two');
  expect(next.message.parent_id).toBe(first.reply.id);
  (await strings.next('goes on two')).finish();
  expect(strings.calls()).toBe(before + 1);
});

it('closes the gap when a question between others is taken back', async () => {
  const { first, second } = await waiting('waits three');
  const third = await ana.ask(first.id, 'waits behind three');
  expect((await sendNow(third.message.id)).status).toBe(409);
  expect((await remove(second.message.id)).status).toBe(204);
  const { messages } = await ana.read(first.id);
  expect(messages.map(({ id, parent_id }) => [id, parent_id]).at(2)).toEqual([
    third.message.id,
    first.reply.id,
  ]);
  expect(messages).toHaveLength(4);
  first.call.finish();
  const call = await strings.next('waits behind three');
  expect(call.turns.map(({ content }) => content)).toEqual([first.content, 'Begun.', 'waits behind three']);
  call.finish();
  await ana.ended(first.id, third.reply.id);
});

it('is sent at once on demand, which stops the answer before it', async () => {
  const { first, second } = await waiting('waits four');
  expect((await sendNow(second.message.id)).status).toBe(200);
  const call = await strings.next('waits four');
  expect(await ana.ended(first.id, first.reply.id)).toMatchObject({ status: 'stopped', content: 'Begun.' });
  expect((await sendNow(second.message.id)).status).toBe(200);
  call.say('Here.');
  call.finish();
  expect(await ana.ended(first.id, second.reply.id)).toMatchObject({ status: 'complete', content: 'Here.' });
});

it('stands on the page as waiting, with forms for all of it', async () => {
  const { first, second } = await waiting('waits five');
  const page = await ana.page(`/conversations/${first.id}`);
  expect(page.body).toContain('Waiting: it is sent when the answer above is finished.');
  const path = `/messages/${second.message.id}`;
  for (const action of [`${path}/delete`, `${path}/send-now`])
    expect(page.body).toContain(`action="${action}"`);
  const form = await ana.page(`/conversations/${first.id}?at=${second.message.id}&form=${second.message.id}`);
  expect(form.body).toContain(`action="${path}"`);
  const changed = await ana.form(path, { content: 'by form five' });
  expect(changed).toMatchObject({
    status: 303,
    location: `/conversations/${first.id}#message-${second.message.id}`,
  });
  expect(await contents(first.id)).toContain('by form five');
  expect(await ana.form(`${path}/delete`)).toMatchObject({
    status: 303,
    location: `/conversations/${first.id}`,
  });
  first.call.finish();
  await ana.ended(first.id, first.reply.id);
});

it('gives the words back when the turn came meanwhile, in the form for a further version', async () => {
  const { first, second } = await waiting('waits six');
  first.call.finish();
  (await strings.next('waits six')).finish();
  await ana.ended(first.id, second.reply.id);
  const late = await ana.form(`/messages/${second.message.id}`, { content: 'late words' });
  expect(late.status).toBe(409);
  expect(late.body).toContain(`action="/messages/${second.message.id}/edit"`);
  expect(late.body).toMatch(/<textarea[^>]*id="edit-content"[^>]*>late words<\/textarea>/);
});

it('tells those who follow the conversation that a question was taken back', async () => {
  const { first, second } = await waiting('waits seven');
  let hasBegun = false;
  const following = readEvents(`${bench.salon.url}/events?conversation=${first.id}&reply=${first.reply.id}`, {
    cookie: ana.cookie,
    until: ({ event }) => {
      hasBegun = true;
      return event === 'removed';
    },
  });
  await waitFor(() => hasBegun);
  await remove(second.message.id);
  const { events } = await following;
  expect(events.at(-1)?.data).toEqual({
    for: first.id,
    message_ids: [second.message.id, second.reply.id],
  });
  first.call.finish();
});

it('keeps the text of a message that goes on from one that was taken back meanwhile', async () => {
  const { first, second } = await waiting('waits eight');
  await remove(second.message.id);
  const late = await ana.form(`/conversations/${first.id}/messages`, {
    content: 'written below it',
    parent_id: second.reply.id,
  });
  expect(late.status).toBe(409);
  expect(late.body).toMatch(/<textarea[^>]*id="content"[^>]*>written below it<\/textarea>/);
  first.call.finish();
});
