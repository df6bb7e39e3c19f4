import { expect, it } from 'vitest';
import { importArchive, zipOf } from '../support/archives.ts';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

const NO_PARENT = '00000000-0000-4000-8000-000000000000';
const message = (uuid: string, sender: string, more: object) => ({
  uuid,
  sender,
  text: '',
  created_at: '2025-03-01T10:00:00.000Z',
  content: [],
  attachments: [],
  files: [],
  ...more,
});
const conversation = (uuid: string, messages: object[]) => ({
  uuid,
  name: `Name of ${uuid}`,
  summary: 'What it was about',
  created_at: '2025-03-01T09:00:00.000Z',
  updated_at: '2025-03-02T09:00:00.000Z',
  account: { uuid: 'account' },
  chat_messages: messages,
});
const rows = () =>
  query<{ id: string; parent: string | null; role: string; content: string }>(
    bench.salon.dir,
    `select m.external_id as id, p.external_id as parent, m.role, m.content
     from messages m left join messages p on p.id = m.parent_id where m.parent_id is not null order by m.seq`,
  );

it('reads the four parts of messages, branches, and the text of attachments', async () => {
  const messages = [
    message('q', 'human', {
      parent_message_uuid: NO_PARENT,
      text: 'read this',
      content: [
        { type: 'text', text: '<system-reminder>be kind</system-reminder>' },
        { type: 'text', text: 'read this' },
      ],
      attachments: [{ file_name: 'list.txt', file_size: 9, file_type: 'txt', extracted_content: 'one\ntwo' }],
      files: [{ file_uuid: 'f1', file_name: 'photo.jpg' }],
    }),
    message('a', 'assistant', {
      parent_message_uuid: 'q',
      content: [
        { type: 'thinking', thinking: 'A list of two.' },
        { type: 'tool_use', name: 'search', input: { query: 'two' } },
        { type: 'tool_result', name: 'search', content: [{ type: 'text', text: 'found two' }] },
        { type: 'text', text: 'Two lines.' },
        { type: 'sculpture', clay: 'red' },
      ],
    }),
    message('b', 'assistant', {
      parent_message_uuid: 'q',
      content: [{ type: 'text', text: 'Another answer.' }],
    }),
  ];
  const archive = await zipOf({
    'manifest-2026-08.json': {},
    'conversations.json': [conversation('c1', messages)],
    'projects.json': [{ uuid: 'p', name: 'Boats', docs: [{ filename: 'a.md', content: 'x' }] }],
    'users.json': [{ uuid: 'account' }],
  });
  const report = await importArchive(ana, archive);
  expect(report).toMatchObject({
    added: 1,
    counts: {
      conversations: 1,
      with_branches: 1,
      messages: 3,
      hidden_messages: 1,
      attachments: 1,
      unknown_parts: 1,
    },
  });
  expect(report.skipped.map(({ what, code }) => [what, code])).toEqual([
    ['photo.jpg', 'file_missing'],
    ['Name of c1', 'unknown_part'],
    ['Boats (1)', 'project_unlinked'],
    ['users.json', 'side_file'],
  ]);
  expect(rows().map(({ id, parent, role }) => [id, parent, role])).toEqual([
    ['q', null, 'user'],
    ['q:injected', 'q', 'hidden'],
    ['a', 'q', 'assistant'],
    ['b', 'q', 'assistant'],
  ]);
  const [question, , answer] = rows();
  expect(question?.content).toBe('read this');
  for (const part of ['> **search**', '> found two', 'Two lines.', '"clay": "red"'])
    expect(answer?.content).toContain(part);
  expect(query(bench.salon.dir, 'select text from thinking_pieces')).toEqual([{ text: 'A list of two.' }]);
  expect(query(bench.salon.dir, 'select name, kind, text from attachments')).toEqual([
    { name: 'list.txt', kind: 'text', text: 'one\ntwo' },
  ]);
  expect(query(bench.salon.dir, 'select summary from conversations')).toEqual([
    { summary: 'What it was about' },
  ]);
});

it('reads the conversations alone, as a file that is no ZIP file, where messages name no parents', async () => {
  const messages = [
    message('1', 'human', { text: 'hello' }),
    message('2', 'assistant', { text: 'Hello, Ana.' }),
  ];
  const bytes = Buffer.from(JSON.stringify([conversation('c2', messages), conversation('c3', [])]));
  const report = await importArchive(ana, bytes, 'conversations.json');
  expect(report).toMatchObject({ added: 1, skipped: [{ what: 'Name of c3', code: 'no_messages' }] });
  expect(rows().map(({ id, parent, content }) => [id, parent, content])).toEqual([
    ['1', null, 'hello'],
    ['2', '1', 'Hello, Ana.'],
  ]);
});
