import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { idOfPerson, query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { unzip } from '../support/unzip.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (...opened) => ([bench, ana] = opened));

type ExportedJson = {
  id: string;
  title: string;
  current_message_id: string;
  messages: { id: string; parent_id: string | null; role: string; content: string; thinking: unknown }[];
};

async function archive(person: Person, query = '?format=json') {
  const response = await fetch(`${bench.salon.url}/export${query}`, { headers: { cookie: person.cookie } });
  expect(response.status).toBe(200);
  return unzip(Buffer.from(await response.arrayBuffer()));
}
const conversationsIn = (entries: Map<string, Buffer>) =>
  JSON.parse(String(entries.get('conversations.json'))) as ExportedJson[];

async function branched() {
  const begun = await ana.begin({ title: 'Two answers', content: 'question one [[n=2]]' });
  await ana.ended(begun.id, begun.reply.id);
  const other = await ana.regenerate(begun.reply.id);
  await ana.ended(begun.id, other.id);
  return { ...begun, other };
}

it('gives one conversation with all its branches and hidden messages as JSON', async () => {
  const { id, message, reply, other } = await branched();
  query(
    bench.salon.dir,
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, external_id, created_at)
     select '0000000000000000000hidden0', id, owner_id, ?, 99, 'hidden', 'a note', 'x', 5 from conversations where id = ?`,
    message.id,
    id,
  );
  query(
    bench.salon.dir,
    "insert into thinking_pieces values (?, 0, 'first '), (?, 6, 'thought')",
    other.id,
    other.id,
  );
  query(bench.salon.dir, 'update messages set thinking_ms = 1200 where id = ?', other.id);
  const { status, body, headers } = await ana.call<ExportedJson>(
    'GET',
    `/conversations/${id}/export?format=json`,
  );
  expect(status).toBe(200);
  expect(headers.get('content-disposition')).toMatch(
    /attachment; filename="?\d{4}-\d\d-\d\d-Two-answers-\w{8}\.json"?/,
  );
  expect(body).toMatchObject({ format: 'salon-conversation', version: 1, id, title: 'Two answers' });
  expect(body.current_message_id).toBe(other.id);
  expect(body.messages.map((one) => [one.id, one.parent_id, one.role])).toEqual([
    [message.id, null, 'user'],
    [reply.id, message.id, 'assistant'],
    [other.id, message.id, 'assistant'],
    ['0000000000000000000hidden0', message.id, 'hidden'],
  ]);
  expect(body.messages[2]?.thinking).toEqual({ text: 'first thought', ms: 1200, tokens: null });
});

it('gives the current branch, or the one through a message, as Markdown with its code untouched', async () => {
  const code = '```js\nconst a = "<b>&amp;</b>";\n```';
  const { id, message, reply, other } = await branched();
  query(bench.salon.dir, 'update messages set content = ? where id = ?', code, other.id);
  query(bench.salon.dir, "update messages set content = 'the first answer' where id = ?", reply.id);
  const current = await ana.page(`/conversations/${id}/export?format=md`);
  expect(current.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(current.body).toContain('# Two answers\n');
  expect(current.body).toContain(`\n${message.content}\n`);
  expect(current.body).toContain(`\n${code}\n`);
  expect(current.body).not.toContain('the first answer');
  const first = await ana.page(`/conversations/${id}/export?format=md&at=${reply.id}`);
  expect(first.body).toContain('the first answer');
  expect(first.body).not.toContain('const a');
});

it('gives an HTML file that runs and loads nothing, with the images in it', async () => {
  const begun = await ana.begin({ title: '<script>alert(1)</script>', content: 'a <b>boat</b> [[n=1]]' });
  await ana.ended(begun.id, begun.reply.id);
  const hostile =
    '<script>alert(2)</script> [x](javascript:alert(3)) ![y](https://example.org/y.png) **bold**';
  query(bench.salon.dir, 'update messages set content = ? where id = ?', hostile, begun.reply.id);
  query(bench.salon.dir, 'delete from rendered_answers');
  await ana.ask(begun.id, 'a lighthouse', { image: true });
  await expect
    .poll(() => query(bench.salon.dir, "select id from images where status = 'ready'"), { timeout: 20_000 })
    .toHaveLength(1);
  const { body, headers } = await ana.page(`/conversations/${begun.id}/export?format=html`);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(body).toContain('<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>');
  expect(body).toContain("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"");
  expect(body).toContain('a &lt;b&gt;boat&lt;/b&gt;');
  expect(body).toContain('<strong>bold</strong>');
  expect(body).toMatch(/<img src="data:image\/webp;base64,[A-Za-z0-9+/=]{100,}" alt="a lighthouse">/);
  expect(body).not.toMatch(/<script|href="javascript|src="(?!data:)|<link/i);
});

it('gives all conversations of the person with their files, but none that is temporary or in the trash', async () => {
  const { id } = await branched();
  const archived = await ana.begin({ title: 'Put away', content: 'question [[n=1]]' });
  await ana.call('PATCH', `/conversations/${archived.id}`, { archived: true });
  const trashed = await ana.begin({ title: 'In the trash' });
  await ana.call('DELETE', `/conversations/${trashed.id}`);
  const temporary = await ana.begin({ title: 'For a day' });
  query(bench.salon.dir, "update conversations set kind = 'temporary' where id = ?", temporary.id);
  const pictured = await ana.ask(id, 'a lighthouse', { image: true });
  await ana.call('POST', '/generate_image', { prompt: 'a boat' });
  query(
    bench.salon.dir,
    `insert into attachments (id, owner_id, kind, name, type, bytes, text, created_at)
     values ('0000000000000000000000note', ?, 'text', 'note.txt', 'text/plain', 4, 'note', 1)`,
    idOfPerson(bench.salon.dir, 'Ana'),
  );
  query(
    bench.salon.dir,
    "insert into message_attachments values (?, 0, '0000000000000000000000note')",
    pictured.message.id,
  );
  await expect
    .poll(() => query(bench.salon.dir, "select id from images where status = 'ready'"), { timeout: 20_000 })
    .toHaveLength(2);
  const stranger = await bench.person('Bob');
  await stranger.begin({ title: 'foreign canary' });

  const entries = await archive(ana);
  const all = conversationsIn(entries);
  expect(all.map(({ title }) => title)).toEqual(['Two answers', 'Put away']);
  const names = query<{ filename: string; message_id: string | null }>(
    bench.salon.dir,
    'select filename, message_id from images order by message_id is null',
  ).map(({ filename }) => `images/${filename}`);
  expect([...entries.keys()]).toEqual(['conversations.json', 'images.json', ...names]);
  const messages = all[0]?.messages ?? [];
  expect(messages.find(({ id: one }) => one === pictured.message.id)).toMatchObject({
    attachments: [{ name: 'note.txt', text: 'note', file: null }],
  });
  expect(messages.at(-1)).toMatchObject({ images: [{ prompt: 'a lighthouse', file: names[0] }] });
  expect(JSON.parse(String(entries.get('images.json')))).toMatchObject([
    { prompt: 'a boat', file: names[1] },
  ]);
  for (const gone of [trashed.id, temporary.id])
    expect((await ana.call('GET', `/conversations/${gone}/export?format=json`)).status).toBe(404);
});

it('gives chosen conversations, also as Markdown with links to the files beside it', async () => {
  const { id } = await branched();
  const other = await ana.begin({ title: 'Another', content: 'a lighthouse', image: true });
  await ana.begin({ title: 'Not asked for' });
  await expect
    .poll(() => query(bench.salon.dir, "select id from images where status = 'ready'"), { timeout: 20_000 })
    .toHaveLength(1);
  const entries = await archive(ana, `?format=md&id=${id}&id=${other.id}`);
  const [image] = query<{ filename: string }>(bench.salon.dir, 'select filename from images');
  expect([...entries.keys()].map((name) => name.replace(/^[\d-]+|-\w{8}\.md$/g, ''))).toEqual([
    'Two-answers',
    'Another',
    `images/${image?.filename}`,
  ]);
  const text = String([...entries].find(([name]) => name.includes('Another'))?.[1]);
  expect(text).toContain(`![a lighthouse](images/${image?.filename})`);
  const foreign = await bench.person('Bob');
  expect((await foreign.call('GET', `/export?id=${id}`)).status).toBe(404);
  expect((await ana.call('GET', '/export?format=pdf')).status).toBe(422);
});

it('exports more than a page of conversations and messages, each once', async () => {
  const owner = idOfPerson(bench.salon.dir, 'Ana');
  const numbers = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 130)';
  query(
    bench.salon.dir,
    `${numbers} insert into conversations (id, owner_id, title, leaf_id, archived, created_at, updated_at)
     select printf('%026d', i), ?, 'c' || i, printf('%026d', i), i % 2, i, i / 10 from n`,
    owner,
  );
  query(
    bench.salon.dir,
    `insert into messages (id, conversation_id, owner_id, seq, role, content, created_at)
     select id, id, owner_id, 0, 'hidden', '', 1 from conversations`,
  );
  query(
    bench.salon.dir,
    `${numbers} insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
     select printf('m%025d', i), printf('%026d', 7), ?, printf('%026d', 7), i, 'user', 'text ' || i, i from n`,
    owner,
  );
  const all = conversationsIn(await archive(ana));
  expect(new Set(all.map(({ id }) => id)).size).toBe(130);
  expect(all).toHaveLength(130);
  const long = all.find(({ title }) => title === 'c7');
  expect(long?.messages.map(({ content }) => content)).toEqual(
    Array.from({ length: 130 }, (_, i) => `text ${i + 1}`),
  );
});
