import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { imageSettings, setUpPeople, type Bench } from '../support/set-up.ts';
import { jobEnd } from '../usage/setup.ts';
import { idsIn, sendForm, type Fields } from './setup.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened), imageSettings);

const multipart = (path: string, fields: Fields, cookie = ana.cookie) =>
  sendForm({ url: bench.salon.url, cookie }, path, fields);

it('attaches files without scripts, keeps what is typed, and sends it', async () => {
  const added = await multipart('/conversations', [
    ['content', 'What does it say?'],
    ['attach', '1'],
    ['file', ['the keeper', 'keeper.txt']],
    ['file', ['the boat', 'boat.txt']],
  ]);
  expect(added.status).toBe(200);
  expect(added.body).toContain('What does it say?</textarea>');
  expect(added.body).toContain('keeper.txt');
  const [first = '', second = ''] = idsIn(added.body);
  const fewer = await multipart('/conversations', [
    ['content', 'What does it say?'],
    ['attachments', first],
    ['attachments', second],
    ['detach', first],
  ]);
  expect(idsIn(fewer.body)).toEqual([second]);
  const sent = await ana.form('/conversations', { content: 'What does it say?', attachments: second });
  expect(sent.status).toBe(303);
  const id = sent.location.split('/').at(-1) ?? '';
  expect((await ana.read(id)).messages[0]?.attachments).toMatchObject([{ name: 'boat.txt' }]);
  const more = await multipart(`/conversations/${id}/messages`, [
    ['content', 'And this?'],
    ['send', '1'],
    ['file', ['sent at once', 'once.txt']],
  ]);
  expect(more.status).toBe(303);
  expect((await ana.read(id)).messages[2]?.attachments).toMatchObject([{ name: 'once.txt' }]);
});

it('says in the form why a file cannot be attached, with all that was typed', async () => {
  const { status, body } = await multipart('/conversations', [
    ['content', 'Look at this.'],
    ['send', '1'],
    ['file', ['', 'empty.txt']],
    ['file', ['whole', 'whole.txt']],
  ]);
  expect(status).toBe(422);
  expect(body).toContain('This file is empty.');
  expect(body).toContain('Look at this.</textarea>');
});

it('keeps attachments in the form when the message itself is refused', async () => {
  const added = await multipart('/conversations', [
    ['content', 'x'],
    ['attach', '1'],
    ['file', ['kept', 'kept.txt']],
  ]);
  const refused = await ana.form('/conversations', {
    content: 'x'.repeat(200_001),
    attachments: idsIn(added.body)[0] ?? '',
  });
  expect(refused.status).toBe(422);
  expect(idsIn(refused.body)).toEqual(idsIn(added.body));
});

it('brings a text back in its form that is much too long, with how much is too much', async () => {
  const text = 'words '.repeat(416_667);
  const { status, body } = await multipart('/conversations', [['content', text]]);
  expect(status).toBe(422);
  expect(body).toContain('at most 200,000 characters; this one has 2,500,002.');
  expect(body.includes(`${text}</textarea>`)).toBe(true);
  expect((await multipart('/conversations', [['content', 'x'.repeat(8_000_001)]])).status).toBe(413);
});

it('shows a draft with its attachments', async () => {
  const added = await multipart('/conversations', [
    ['content', 'x'],
    ['attach', '1'],
    ['file', ['of a draft', 'draft.txt']],
  ]);
  const [id = ''] = idsIn(added.body);
  await ana.call('PUT', '/draft', { content: 'typed', attachments: [id] });
  expect(idsIn((await ana.page('/')).body)).toEqual([id]);
});

it('attaches images of the library without scripts', async () => {
  const { body } = await ana.call<{ job: { id: string } }>('POST', '/images', {
    prompt: 'a boat',
    size: '1024x1024',
  });
  const [image] = (await jobEnd(ana, body.job.id)).images as { id: string }[];
  const library = await ana.form('/conversations', { content: 'Is it a boat?', library: '1' });
  expect(library.status).toBe(200);
  expect(library.body).toContain(`value="${image?.id}"`);
  expect(library.body).toContain('value="Is it a boat?"');
  const chosen = { content: 'Is it a boat?', attach: '1', library_image: image?.id ?? '' };
  const added = await ana.form('/conversations', chosen);
  expect(added.body).toContain('Is it a boat?</textarea>');
  expect(idsIn(added.body)).toHaveLength(1);
});

it('keeps no file of somebody who is not signed in', async () => {
  const { status, location } = await multipart(
    '/conversations',
    [
      ['content', 'typed before'],
      ['file', ['of nobody', 'nobody.txt']],
    ],
    '',
  );
  expect(status).toBe(303);
  expect(location).toMatch(/^\/login/);
  expect(query(bench.salon.dir, 'select id from attachments')).toEqual([]);
});
