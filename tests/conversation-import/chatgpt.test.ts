import { expect, it } from 'vitest';
import { chatgpt, imageBytes, importArchive, node, preview, zipOf } from '../support/archives.ts';
import type { ConversationJson, Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

type Row = {
  id: string;
  parent: string | null;
  role: string;
  kind: string;
  content: string;
  model: string | null;
};
const rows = (externalId: string) =>
  query<Row>(
    bench.salon.dir,
    `select m.external_id as id, p.external_id as parent, m.role, m.kind, m.content, m.model
     from messages m join conversations c on c.id = m.conversation_id left join messages p on p.id = m.parent_id
     where c.external_id = ? and m.parent_id is not null order by m.seq`,
    externalId,
  );
async function opened(externalId: string): Promise<ConversationJson> {
  const [row] = query<{ id: string }>(
    bench.salon.dir,
    'select id from conversations where external_id = ?',
    externalId,
  );
  return ana.read(row?.id ?? '');
}

it('builds the tree of a slim archive, which has no children, and shows the branch of current_node', async () => {
  const slim = chatgpt(
    'c1',
    [
      node('root', null),
      node('q1', 'root', { text: 'first question', at: 1 }),
      node('a1', 'q1', { role: 'assistant', text: 'an answer', at: 2, metadata: { model_slug: 'gpt-4o' } }),
      node('a2', 'q1', { role: 'assistant', text: 'another answer', at: 3 }),
      node('q2', 'a1', { text: 'more', at: 4 }),
      node('a3', 'q2', { role: 'assistant', text: 'the end', at: 5 }),
    ],
    { current_node: 'a2', default_model_slug: 'gpt-4', title: null, is_archived: true },
  );
  const report = await importArchive(ana, await zipOf({ 'conversations.json': [slim] }));
  expect(report).toMatchObject({ status: 'complete', imported: 1, added: 1, skipped: [] });
  expect(report.counts).toMatchObject({
    conversations: 1,
    with_branches: 1,
    messages: 5,
    hidden_messages: 0,
  });
  expect(rows('c1').map(({ id, parent, model }) => [id, parent, model])).toEqual([
    ['q1', null, null],
    ['a1', 'q1', 'gpt-4o'],
    ['a2', 'q1', 'gpt-4'],
    ['q2', 'a1', null],
    ['a3', 'q2', 'gpt-4'],
  ]);
  const shown = await opened('c1');
  expect(shown.messages.map(({ content }) => content)).toEqual(['first question', 'another answer']);
  expect(shown).toMatchObject({ title: 'first question', archived: true });
});

it('joins over nodes that are empty, hidden, of the system or of tools, and keeps what they say unseen', async () => {
  const nodes = [
    node('root', null),
    node('system', 'root', { role: 'system', text: '', at: 1 }),
    node('context', 'system', {
      at: 1,
      content: { content_type: 'user_editable_context', user_profile: 'likes boats' },
      metadata: { is_visually_hidden_from_conversation: true },
    }),
    node('q1', 'context', { text: 'look it up', at: 2 }),
    node('call', 'q1', {
      role: 'assistant',
      recipient: 'python',
      at: 3,
      content: { content_type: 'code', text: 'print(1)' },
    }),
    node('output', 'call', { role: 'tool', at: 4, content: { content_type: 'execution_output', text: '1' } }),
    node('empty', 'output'),
    node('a1', 'empty', { role: 'assistant', text: 'It is 1.', at: 5, metadata: undefined }),
    node('q2', 'a1', { text: 'thanks', at: 6 }),
  ];
  const report = await importArchive(ana, await zipOf({ 'conversations.json': [chatgpt('c2', nodes)] }));
  expect(report.counts).toMatchObject({ messages: 3, hidden_messages: 3 });
  expect(rows('c2').map(({ id, parent, role }) => [id, parent, role])).toEqual([
    ['context', null, 'hidden'],
    ['q1', null, 'user'],
    ['call', 'q1', 'hidden'],
    ['output', 'q1', 'hidden'],
    ['a1', 'q1', 'assistant'],
    ['q2', 'a1', 'user'],
  ]);
  expect((await opened('c2')).messages.map(({ content }) => content)).toEqual([
    'look it up',
    'It is 1.',
    'thanks',
  ]);
});

it('puts thoughts into the fold of their answer, unwraps the canvas, resolves citations and notes unknown parts', async () => {
  const cited = 'Boats float.\ue200cite\ue202turn0search1\ue201 They do\ue200x\ue201.';
  const nodes = [
    node('root', null),
    node('q', 'root', { text: 'why do boats float', at: 1 }),
    node('t', 'q', {
      role: 'assistant',
      at: 2,
      content: { content_type: 'thoughts', thoughts: [{ summary: 'Physics', content: 'Archimedes.' }] },
    }),
    node('r', 't', {
      role: 'assistant',
      at: 3,
      content: { content_type: 'reasoning_recap', content: 'Thought for 3s' },
    }),
    node('a', 'r', {
      role: 'assistant',
      text: cited,
      at: 4,
      metadata: {
        content_references: [
          {
            matched_text: '\ue200cite\ue202turn0search1\ue201',
            items: [{ title: 'Buoyancy', url: 'https://example.org/b' }],
          },
        ],
      },
    }),
    node('w', 'a', {
      role: 'assistant',
      text: 'Here:\n\n:::writing{id="1"}\nDear Ana,\n:::\n\nDone.',
      at: 5,
    }),
    node('u', 'w', { role: 'assistant', at: 6, content: { content_type: 'hologram', beams: 3 } }),
    node('e', 'u', {
      role: 'assistant',
      at: 7,
      content: { content_type: 'system_error', text: 'It broke.' },
    }),
  ];
  const report = await importArchive(ana, await zipOf({ 'conversations.json': [chatgpt('c3', nodes)] }));
  expect(report.counts).toMatchObject({ unknown_parts: 1, messages: 5 });
  expect(report.skipped).toMatchObject([{ what: 'Title of c3', code: 'unknown_part' }]);
  const byId = new Map(rows('c3').map((row) => [row.id, row.content]));
  expect(byId.get('a')).toBe('Boats float. ([Buoyancy](https://example.org/b)) They do.');
  expect(byId.get('w')).toBe('Here:\n\nDear Ana,\n\nDone.');
  expect(byId.get('u')).toContain('> ```json');
  expect(byId.get('u')).toContain('"beams": 3');
  const [thought] = query<{ text: string }>(bench.salon.dir, 'select text from thinking_pieces');
  expect(thought?.text).toBe('Physics\n\nArchimedes.\n\nThought for 3s');
  const { messages } = await opened('c3');
  expect(messages.at(-1)).toMatchObject({ content: 'It broke.', status: 'failed' });
});

it('takes images of all three eras, and tells which are not in the archive', async () => {
  const image = (pointer: string, prompt: string) => ({
    content_type: 'multimodal_text',
    parts: [{ content_type: 'image_asset_pointer', asset_pointer: pointer, metadata: { dalle: { prompt } } }],
  });
  const nodes = [
    node('root', null),
    node('q', 'root', {
      at: 1,
      content: {
        content_type: 'multimodal_text',
        parts: [
          'what is this',
          { content_type: 'image_asset_pointer', asset_pointer: 'sediment://file_0up' },
        ],
      },
      metadata: { attachments: [{ id: 'file_0up', name: 'boat.png', mime_type: 'image/png', size: 80 }] },
    }),
    node('d1', 'q', { role: 'tool', at: 2, content: image('file-service://file-Old1', 'an old boat') }),
    node('d2', 'd1', { role: 'tool', at: 3, content: image('sediment://file_missing9', 'a lost boat') }),
    node('d3', 'd2', { role: 'tool', at: 4, content: image('sediment://file_new3#p0', 'a new boat') }),
    node('a', 'd3', { role: 'assistant', text: 'All done.', at: 5 }),
  ];
  const archive = await zipOf({
    'conversations-000.json': [chatgpt('c4', nodes)],
    'conversations-001.json': [chatgpt('c5', [node('root', null), node('only', 'root', { text: 'hello' })])],
    'dalle-generations/file-Old1-4711.webp': await imageBytes(1, 'webp'),
    'file_new3.dat': await imageBytes(2),
    'file_0up.dat': await imageBytes(3),
    'file_lonely.dat': await imageBytes(4),
    'conversation_asset_file_names.json': { 'file_new3.dat': 'new.png', 'file_0up.dat': 'boat.png' },
    'library_files.json': [
      {
        file_id: 'file_lonely',
        name: 'a lonely boat',
        kind: 'image',
        mime_type: 'image/png',
        created_at: 1_700_000_000,
      },
      { file_id: 'file_new3', name: 'new.png', kind: 'image' },
    ],
    'export_manifest.json': { files: [] },
    'user.json': { email: 'ana@example.org' },
  });
  const looked = await preview(ana, archive);
  expect(looked.status).toBe(200);
  expect(looked.body.counts).toMatchObject({
    conversations: 2,
    images: 3,
    missing_images: 1,
    attachments: 1,
  });
  expect(query(bench.salon.dir, 'select id from conversations')).toEqual([]);

  const report = await importArchive(ana, archive);
  expect(report.counts).toMatchObject({ conversations: 2, images: 3, missing_images: 1, attachments: 1 });
  expect(report.skipped.map(({ what, code }) => [what, code])).toEqual([
    ['file_missing9', 'image_missing'],
    ['user.json', 'side_file'],
  ]);
  const images = query<{ prompt: string; message: string | null; status: string }>(
    bench.salon.dir,
    'select i.prompt, m.external_id as message, i.status from images i left join messages m on m.id = i.message_id order by i.prompt',
  );
  expect(images).toEqual([
    { prompt: 'a lonely boat', message: null, status: 'ready' },
    { prompt: 'a new boat', message: 'd3', status: 'ready' },
    { prompt: 'an old boat', message: 'd1', status: 'ready' },
  ]);
  expect(rows('c4').map(({ id, kind }) => [id, kind])).toEqual([
    ['q', 'text'],
    ['d1', 'image'],
    ['d2', 'text'],
    ['d3', 'image'],
    ['a', 'text'],
  ]);
  const [attachment] = query(bench.salon.dir, 'select kind, name, type, width from attachments');
  expect(attachment).toEqual({ kind: 'image', name: 'boat.png', type: 'image/png', width: 16 });
  const { body: page } = await ana.page(`/conversations/${(await opened('c4')).id}`);
  expect(page.match(/alt="an old boat"|alt="a new boat"/g)?.length).toBe(2);
});

it('adds only what is new of a later archive, and leaves what its person did', async () => {
  const first = [
    node('root', null),
    node('q', 'root', { text: 'one', at: 1 }),
    node('a', 'q', { role: 'assistant', text: 'two', at: 2 }),
  ];
  const archive = await zipOf({ 'conversations.json': [chatgpt('c6', first), chatgpt('c7', first)] });
  expect(await importArchive(ana, archive)).toMatchObject({ added: 2 });
  expect(await importArchive(ana, archive)).toMatchObject({
    added: 0,
    updated: 0,
    unchanged: 2,
    imported: 0,
  });
  const { id } = await opened('c7');
  await ana.call('PATCH', `/conversations/${id}`, { title: 'My own title' });
  const own = await ana.ask(id, 'asked here [[n=1]]');
  await ana.ended(id, own.reply.id);
  const later = [...first, node('q2', 'a', { text: 'three', at: 3 })];
  const more = { update_time: 1_700_009_999, title: 'A new title' };
  const report = await importArchive(
    ana,
    await zipOf({ 'conversations.json': [chatgpt('c6', later, more), chatgpt('c7', later, more)] }),
  );
  expect(report).toMatchObject({ added: 0, updated: 2, unchanged: 0, counts: { messages: 2 } });
  expect((await opened('c6')).title).toBe('A new title');
  expect((await opened('c6')).messages.at(-1)?.content).toBe('three');
  expect((await opened('c7')).title).toBe('My own title');
  expect((await opened('c7')).messages.at(-1)?.id).toBe(own.reply.id);
  expect(rows('c7').map(({ id: one }) => one)).toContain('q2');
});

it('stores images as far as there is room, and says which found none', async () => {
  const pointer = (id: string) => ({
    content_type: 'image_asset_pointer',
    asset_pointer: `sediment://${id}`,
  });
  const content = { content_type: 'multimodal_text', parts: [pointer('file_one'), pointer('file_two')] };
  const nodes = [node('root', null), node('d', 'root', { role: 'tool', content })];
  const [one, two] = [await imageBytes(1), await imageBytes(2)];
  query(bench.salon.dir, 'update users set storage_limit_bytes = ?', one.length);
  const report = await importArchive(
    ana,
    await zipOf({ 'conversations.json': [chatgpt('c8', nodes)], 'file_one.dat': one, 'file_two.dat': two }),
  );
  expect(report).toMatchObject({ status: 'complete', added: 1, counts: { images: 1 } });
  expect(report.skipped).toMatchObject([{ what: 'file_two.dat', code: 'quota' }]);
});
