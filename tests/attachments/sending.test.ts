import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { line, makePdf, photo } from './files.ts';
import { attach, fileOf } from './setup.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

type Sent = {
  role: string;
  content: string | { type: string; text?: string; image_url?: { url: string } }[];
};
/** The messages of the last call for an answer. */
const lastSent = () => bench.model.calls().at(-1)?.body['messages'] as Sent[];

async function asked(person: Person, content: string, attachments: string[]) {
  const begun = await person.begin({ content, attachments });
  await person.ended(begun.id, begun.reply.id);
  return begun;
}

it('sends text and PDF as text before the question, again with the next one', async () => {
  const text = await attach(ana, 'the ```fenced``` keeper', 'notes.md');
  const pdf = await attach(ana, makePdf([line('the lighthouse')]), 'report.pdf');
  const begun = await asked(ana, 'What do they say?', [text.body.id, pdf.body.id]);
  const expected = [
    'File “notes.md”:\n````\nthe ```fenced``` keeper\n````',
    'File “report.pdf”:\n```\n[Page 1]\nthe lighthouse\n```',
    'What do they say?',
  ].join('\n\n');
  expect(lastSent()).toEqual([{ role: 'user', content: expected }]);
  const next = await ana.ask(begun.id, 'And what else?');
  await ana.ended(begun.id, next.reply.id);
  expect(lastSent()[0]?.content).toBe(expected);
  expect(lastSent().at(-1)?.content).toBe('And what else?');
});

it('sends an image as an image, and shows it with its message', async () => {
  const { body } = await attach(ana, await photo(), 'boat.jpg');
  const begun = await asked(ana, 'What is this?', [body.id, body.id]);
  const [sent] = lastSent();
  const parts = sent?.content as { type: string; image_url?: { url: string } }[];
  expect(parts.map(({ type }) => type)).toEqual(['image_url', 'text']);
  const stored = await fileOf(ana, body.id);
  expect(parts[0]?.image_url?.url).toBe(`data:image/jpeg;base64,${stored.bytes.toString('base64')}`);
  const [question] = (await ana.read(begun.id)).messages;
  expect(question?.attachments).toEqual([
    {
      ...{ id: body.id, name: 'boat.jpg', kind: 'image', bytes: stored.bytes.length, tokens: 2 },
      width: 40,
      height: 30,
      url: body.url,
    },
  ]);
  const page = await ana.page(`/conversations/${begun.id}`);
  expect(page.body).toContain(`src="${body.url}?w=512"`);
  expect(page.body).toContain('alt="boat.jpg"');
});

it('stores nothing when an attachment is gone or another person’s, and says so', async () => {
  const { body } = await attach(ben, 'of Ben', 'ben.txt');
  for (const id of [body.id, '0'.repeat(26)]) {
    const answer = await ana.call<{ code: string }>('POST', '/conversations', {
      content: 'mine',
      attachments: [id],
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'attachment_missing']);
  }
  expect(query(bench.salon.dir, "select id from messages where content = 'mine'")).toEqual([]);
  expect(bench.model.calls()).toEqual([]);
});

it('takes at most ten files with a message', async () => {
  const ids = Array.from({ length: 11 }, (_, i) => String(i).padStart(26, '0'));
  const { status, body } = await ana.call<{ errors: object[] }>('POST', '/conversations', {
    content: 'many',
    attachments: ids,
  });
  expect(status).toBe(422);
  expect(body.errors).toEqual([{ field: 'attachments', message: 'Attach at most 10 files to a message.' }]);
});

it('makes one message of a repeated post, with its attachments once', async () => {
  const { body } = await attach(ana, 'once', 'once.txt');
  const fields = { content: 'posted twice', client_id: 'c1', attachments: [body.id] };
  const first = await ana.begin(fields);
  const second = await ana.begin(fields);
  expect(second.message.id).toBe(first.message.id);
  expect((second.message.attachments as object[]).length).toBe(1);
});

it('keeps what a message has until its conversation is deleted for good', async () => {
  const { body } = await attach(ana, 'kept with it', 'kept.txt');
  const begun = await asked(ana, 'Keep this.', [body.id]);
  const refused = await ana.call<{ code: string }>('DELETE', body.url);
  expect([refused.status, refused.body.code]).toEqual([409, 'attachment_in_use']);
  await ana.call('DELETE', `/conversations/${begun.id}`);
  expect((await fileOf(ana, body.id)).status).toBe(200);
  await ana.call('POST', `/conversations/${begun.id}/restore`);
  expect((await ana.read(begun.id)).messages[0]?.attachments).toHaveLength(1);
  await ana.call('DELETE', `/conversations/${begun.id}`);
  await ana.call('DELETE', `/trash/${begun.id}`);
  expect((await fileOf(ana, body.id)).status).toBe(404);
  expect(query(bench.salon.dir, "select id from files where kind = 'attachment'")).toEqual([]);
});
