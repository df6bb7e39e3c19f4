import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { photo } from './files.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { attach } from './setup.ts';

/* A question that is a file and no words. */

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

type Part = { type: string; text?: string };
const lastSent = () =>
  bench.model.calls().at(-1)?.body['messages'] as { role: string; content: string | Part[] }[];

async function asked(fields: Record<string, unknown>) {
  const begun = await ana.begin(fields);
  await ana.ended(begun.id, begun.reply.id);
  return begun;
}

it('is sent without an empty part, and again with the next question', async () => {
  const { body } = await attach(ana, await photo(), 'boat.jpg');
  const begun = await asked({ attachments: [body.id] });
  expect((lastSent()[0]?.content as Part[]).map(({ type }) => type)).toEqual(['image_url']);
  const next = await ana.ask(begun.id, 'What is it called?');
  await ana.ended(begun.id, next.reply.id);
  expect(lastSent().map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect((lastSent()[0]?.content as Part[]).map(({ type }) => type)).toEqual(['image_url']);
});

it('is one text where the file is one, also when it is to be answered differently', async () => {
  const { body } = await attach(ana, 'the keeper', 'notes.md');
  const { id, reply } = await asked({ content: '  ', attachments: [body.id] });
  const file = 'File “notes.md”:\n```\nthe keeper\n```';
  expect(lastSent()).toEqual([{ role: 'user', content: file }]);
  const again = await ana.call<{ reply: { id: string } }>('POST', `/messages/${reply.id}/regenerate`, {
    variant: 'shorter',
  });
  await ana.ended(id, again.body.reply.id);
  expect(lastSent()[0]?.content).toMatch(/^File “notes.md”:[^]+```\n\nAnswer more briefly/);
});

it('is known by the names of its files wherever its words would stand', async () => {
  const one = await attach(ana, 'the keeper', 'keeper.txt');
  const two = await attach(ana, 'the boat', 'boat.txt');
  const begun = await asked({ content: '', attachments: [two.body.id, one.body.id] });
  expect(begun.title).toBe('boat.txt, keeper.txt');
  expect(begun.message.content).toBe('');
  const other = await ana.call('POST', `/conversations/${begun.id}/messages`, {
    attachments: [one.body.id],
    parent_id: begun.reply.id,
  });
  expect(other.status).toBe(201);
  const page = (await ana.page(`/conversations/${begun.id}`)).body;
  expect(page).toContain('boat.txt, keeper.txt</a>');
  expect(page).not.toMatch(/class="bubble"[^>]*><\/div>\s*<footer/);
  const outline = (await ana.page(`/conversations/${begun.id}?at=${begun.message.id}`)).body;
  expect(outline).toContain('>keeper.txt</a>');
  expect((await ana.page(`/conversations/${begun.id}/branches`)).body).toContain('boat.txt, keeper.txt');
  expect((await ana.page(`/messages/${begun.reply.id}/context`)).body).toContain('boat.txt, keeper.txt');
  expect((await ana.page(`/conversations/${begun.id}?view=document`)).body).toContain(
    '1. boat.txt, keeper.txt',
  );
  const { days } = (
    await ana.call<{ days: { entries: { prompt: string; url: string }[] }[] }>('GET', '/chatlog')
  ).body;
  expect(days[0]?.entries.map(({ prompt }) => prompt)).toEqual(['keeper.txt', 'boat.txt, keeper.txt']);
  const entry = await ana.call<{ prompt: string }>('GET', days[0]?.entries[1]?.url ?? '');
  expect(entry.body.prompt).toBe('boat.txt, keeper.txt');
});

it('is exported in each format', async () => {
  const { body } = await attach(ana, 'the keeper', 'keeper.txt');
  const { id } = await asked({ attachments: [body.id] });
  const exported = async (format: string) =>
    (
      await fetch(`${ana.url}/conversations/${id}/export?format=${format}`, {
        headers: { cookie: ana.cookie },
      })
    ).text();
  expect(await exported('md')).toMatch(/## Question[^\n]*\n\n+[^\n]*keeper\.txt/);
  expect(await exported('html')).toContain('keeper.txt');
  expect(await exported('json')).toContain('"content":""');
});

it('is refused without a file, and as the wish for an image', async () => {
  const { body } = await attach(ana, 'the keeper', 'keeper.txt');
  const begun = await asked({ content: 'Hello.' });
  for (const fields of [{ content: ' ' }, {}, { attachments: [] }, { attachments: [body.id], image: true }])
    expect(await ana.call('POST', `/conversations/${begun.id}/messages`, fields)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'content', message: 'Please fill this in.' }] },
    });
  expect((await ana.call('POST', '/conversations', { content: '' })).status).toBe(422);
  expect(query(bench.salon.dir, "select count(*) as count from messages where role = 'user'")).toEqual([
    { count: 1 },
  ]);
});

it('streams its answer to a program, and is one message when it is posted twice', async () => {
  const { body } = await attach(ana, 'the keeper', 'keeper.txt');
  const begun = await asked({ content: 'Hello.' });
  const fields = { attachments: [body.id], client_id: 'c1' };
  const streamed = await ana.call<string>('POST', `/conversations/${begun.id}/stream`, fields);
  expect(streamed.status).toBe(200);
  expect(streamed.body).toContain('event: done');
  await ana.call('POST', `/conversations/${begun.id}/messages`, fields);
  expect((await ana.read(begun.id)).messages).toHaveLength(4);
});

it('leaves a draft with other files alone', async () => {
  const sent = await attach(ana, 'the keeper', 'keeper.txt');
  const kept = await attach(ana, 'the boat', 'boat.txt');
  const begun = await asked({ content: 'Hello.' });
  const draft = { content: '', attachments: [kept.body.id], client_id: 'of another device' };
  expect((await ana.call('PUT', `/conversations/${begun.id}/draft`, draft)).status).toBe(200);
  await ana.call('POST', `/conversations/${begun.id}/messages`, { attachments: [sent.body.id] });
  expect((await ana.page(`/conversations/${begun.id}?write=1`)).body).toContain('boat.txt');
});
