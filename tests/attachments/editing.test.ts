import { expect, it } from 'vitest';
import type { ExchangeJson, Person } from '../support/chat.ts';
import { imageSettings, setUpPeople } from '../support/set-up.ts';
import { attach, idsIn, sendForm } from './setup.ts';

/* A question is edited with its files: the edited one is another beside it, and the first keeps its own. */

let ana: Person;
setUpPeople(['Ana'], (_, ...opened) => ([ana] = opened), imageSettings);

async function askedWithFiles() {
  const keeper = await attach(ana, 'the keeper', 'keeper.txt');
  const boat = await attach(ana, 'the boat', 'boat.txt');
  const begun = await ana.begin({
    content: 'What do they say?',
    attachments: [keeper.body.id, boat.body.id],
  });
  await ana.ended(begun.id, begun.reply.id);
  return { ...begun, keeper: keeper.body.id, boat: boat.body.id };
}
const edit = (id: string, body: object) => ana.call<ExchangeJson>('POST', `/messages/${id}/edit`, body);
const namesOf = ({ message }: ExchangeJson) =>
  message.attachments.map((one) => (one as { name: string }).name);
const formOf = async (id: string, messageId: string) => {
  const { body } = await ana.page(`/conversations/${id}?at=${messageId}&form=${messageId}`);
  return body.slice(
    body.indexOf('data-message-form'),
    body.indexOf('</article>', body.indexOf('data-message-form')),
  );
};

it('has the same files where none are named, those that are named, or none', async () => {
  const { id, message, keeper, boat } = await askedWithFiles();
  expect(namesOf((await edit(message.id, { content: 'same' })).body)).toEqual(['keeper.txt', 'boat.txt']);
  const more = await attach(ana, 'the net', 'net.txt');
  const changed = await edit(message.id, { content: 'changed', attachments: [boat, more.body.id] });
  expect(namesOf(changed.body)).toEqual(['boat.txt', 'net.txt']);
  expect(namesOf((await edit(message.id, { content: 'none', attachments: [] })).body)).toEqual([]);
  const first = (
    await ana.call<{ messages: { attachments: { id: string }[] }[] }>(
      'GET',
      `/conversations/${id}?at=${message.id}`,
    )
  ).body.messages[0];
  expect(first?.attachments.map((one) => one.id)).toEqual([keeper, boat]);
});

it('may lose its words as long as it has files', async () => {
  const { message } = await askedWithFiles();
  expect((await edit(message.id, { content: '' })).status).toBe(201);
  const refused = await edit(message.id, { content: '', attachments: [] });
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'content' }] } });
});

it('says of two versions with the same words that they have other files', async () => {
  const { id, message, boat } = await askedWithFiles();
  const { body } = await edit(message.id, { content: 'What do they say?', attachments: [boat] });
  const page = await ana.page(`/conversations/${id}/compare?one=${message.id}&other=${body.message.id}`);
  expect(page.body).toContain('Both versions have the same text, with other files.');
});

it('takes files away and adds some without scripts, and keeps what is typed', async () => {
  const { id, message, keeper, boat } = await askedWithFiles();
  expect(idsIn(await formOf(id, message.id))).toEqual([keeper, boat]);
  const path = `/messages/${message.id}/edit`;
  const fewer = await ana.form(path, { content: 'typed anew', attachments: keeper, detach: keeper });
  expect(fewer.status).toBe(200);
  expect(fewer.body).toContain('typed anew</textarea>');
  expect(idsIn(fewer.body)).toEqual([]);
  const more = await sendForm(ana, path, [
    ['content', 'typed anew'],
    ['attachments', ''],
    ['attachments', boat],
    ['attach', '1'],
    ['file', ['the net', 'net.txt']],
  ]);
  expect(more.status).toBe(200);
  expect(idsIn(more.body)).toEqual([boat, expect.any(String)]);
  const sent = await sendForm(ana, path, [
    ['content', 'typed anew'],
    ['attachments', ''],
    ['file', ['the sea', 'sea.txt']],
  ]);
  expect(sent.status).toBe(303);
  const [question] = (await ana.read(id)).messages;
  expect(question).toMatchObject({ content: 'typed anew', attachments: [{ name: 'sea.txt' }] });
});

it('keeps text and files in its form when it is refused', async () => {
  const { message, keeper, boat } = await askedWithFiles();
  const path = `/messages/${message.id}/edit`;
  const refused = await sendForm(ana, path, [
    ['content', 'still here'],
    ['attachments', keeper],
    ['attachments', boat],
    ['file', ['', 'empty.txt']],
  ]);
  expect(refused.status).toBe(422);
  expect(refused.body).toContain('This file is empty.');
  expect(refused.body).toContain('still here</textarea>');
  expect(idsIn(refused.body)).toEqual([keeper, boat]);
  const blank = await sendForm(ana, path, [
    ['content', ' '],
    ['attachments', ''],
  ]);
  expect(blank.status).toBe(422);
  expect(blank.body).toContain('Please fill this in.');
});

it('leads to the library and back without scripts', async () => {
  const { message, keeper } = await askedWithFiles();
  const path = `/messages/${message.id}/edit`;
  const library = await ana.form(path, { content: 'typed anew', attachments: keeper, library: '1' });
  expect(library.status).toBe(200);
  expect(library.body).toContain(`action="${path}"`);
  expect(idsIn(library.body)).toEqual([keeper]);
});

it('keeps its files when a page from before names none', async () => {
  const { id, message } = await askedWithFiles();
  expect((await ana.form(`/messages/${message.id}/edit`, { content: 'old page' })).status).toBe(303);
  expect((await ana.read(id)).messages[0]?.attachments).toHaveLength(2);
});
