import { beforeAll, expect, it } from 'vitest';
import { eventually, type ConversationJson, type ExchangeJson, type Person } from '../support/chat.ts';
import { openDatabase, query } from '../support/database.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
let ben: Person;
let strings: Strings;
setUpPuppets((opened) => ({ bench, ana, strings } = opened));
beforeAll(async () => void (ben = await bench.person('Ben')));

const rows = (sql: string, ...params: unknown[]) => query(bench.salon.dir, sql, ...params);
const fork = (id: string, body: object = {}, person = ana) =>
  person.call<ConversationJson>('POST', `/conversations/${id}/fork`, body);
const textsOf = async (id: string) => (await ana.read(id)).messages.map(({ content }) => content);

async function answer(word: string): Promise<void> {
  const call = await strings.next(word);
  call.say(`About **${word}**.`);
  call.finish();
}

/** Two exchanges; the second question in two versions, of which the second one is shown. */
async function story(word: string, more: object = {}) {
  const { id, reply } = await ana.begin({ content: `${word} one`, ...more });
  await answer(`${word} one`);
  await ana.ended(id, reply.id);
  const left = await ana.ask(id, `${word} left`);
  await answer(`${word} left`);
  await ana.ended(id, left.reply.id);
  const right = (
    await ana.call<ExchangeJson>('POST', `/messages/${left.message.id}/edit`, { content: `${word} right` })
  ).body;
  await answer(`${word} right`);
  await ana.ended(id, right.reply.id);
  return { id, first: reply, left, right };
}

it('copies the branch up to a message into a new conversation, and leaves the first as it is', async () => {
  const { id, left } = await story('copy', { model: 'gpt-4o', system_prompt: 'Be brief.' });
  await ana.call('PATCH', `/conversations/${id}`, { parameters: { temperature: 0.5 } });
  const before = await ana.read(id);
  const made = await fork(id, { message_id: left.reply.id });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    title: 'Fork: copy one',
    model: 'gpt-4o',
    system_prompt: 'Be brief.',
    parameters: { temperature: 0.5 },
    summary: null,
    origin: { kind: 'fork', conversation_id: id },
  });
  const copy = await ana.read(made.body.id);
  expect(copy.messages.map(({ content, status }) => [content, status])).toEqual([
    ['copy one', undefined],
    ['About **copy one**.', 'complete'],
    ['copy left', undefined],
    ['About **copy left**.', 'complete'],
  ]);
  expect(copy.messages.every(({ siblings }) => siblings.length === 1)).toBe(true);
  expect(copy.messages[0]?.created_at).toBe(before.messages[0]?.created_at);
  expect(await ana.read(id)).toEqual(before);
});

it('copies the branch that is shown when no message is named, and goes on from its end', async () => {
  const { id } = await story('shown');
  const { body } = await fork(id, { title: 'My own' });
  expect(body.title).toBe('My own');
  const { reply } = await ana.ask(body.id, 'shown goes on');
  const call = await strings.next('shown goes on');
  expect(call.turns.map(({ content }) => content)).toEqual([
    'shown one',
    'About **shown one**.',
    'shown right',
    'About **shown right**.',
    'shown goes on',
  ]);
  call.finish();
  await ana.ended(body.id, reply.id);
  expect(await textsOf(id)).not.toContain('shown goes on');
});

it('keeps what the model was sent, its thoughts and the HTML of each answer', async () => {
  const { id, first } = await story('beside');
  rows(`insert into thinking_pieces (message_id, position, text) values (?, 0, 'a thought')`, first.id);
  await eventually(() =>
    rows(`select 1 from rendered_answers where message_id = ?`, first.id).length ? 1 : undefined,
  );
  const { body } = await fork(id);
  const [question, reply] = (await ana.read(body.id)).messages;
  type Seen = { context: { messages: { id: string }[] } };
  const seen = await ana.call<Seen>('GET', `/messages/${reply?.id}/context`);
  expect(seen.body.context.messages.map((message) => message.id)).toEqual([question?.id]);
  expect(rows('select text from thinking_pieces where message_id = ?', reply?.id)).toEqual([
    { text: 'a thought' },
  ]);
  const [html] = rows('select html from rendered_answers where message_id = ?', reply?.id);
  expect(html?.['html']).toContain('<strong>beside one</strong>');
});

it('leaves out an answer that is being written, with its question and what waits behind it', async () => {
  const { id } = await story('running');
  const { reply } = await ana.ask(id, 'running now');
  const call = await strings.next('running now');
  await ana.ask(id, 'running waits');
  const { body } = await fork(id);
  expect(await textsOf(body.id)).toEqual([
    'running one',
    'About **running one**.',
    'running right',
    'About **running right**.',
  ]);
  call.finish();
  await ana.ended(id, reply.id);
  await answer('running waits');
});

it('says that there is nothing to copy while the first answer is being written', async () => {
  const { id, reply } = await ana.begin({ content: 'nothing yet' });
  const call = await strings.next('nothing yet');
  const refused = await fork(id);
  expect(refused.status).toBe(409);
  expect(refused.body['error']).toContain('nothing to copy yet');
  const page = await ana.form(`/conversations/${id}/fork`);
  expect(page.status).toBe(409);
  expect(page.body).toContain('no answer up to here is finished');
  call.finish();
  await ana.ended(id, reply.id);
});

it('makes one conversation of a form that is sent twice', async () => {
  const { id } = await story('twice');
  const body = { client_id: 'twice' };
  const [one, other] = await Promise.all([fork(id, body), fork(id, body)]);
  const again = await fork(id, body);
  expect([one, other, again].map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set([one, other, again].map((made) => made.body.id)).size).toBe(1);
  expect(rows('select 1 from conversations where origin_id = ?', id)).toHaveLength(1);
});

it('copies nothing of another person, and no message of another conversation', async () => {
  const { id } = await story('foreign');
  const other = await story('elsewhere');
  expect((await fork(id, {}, ben)).status).toBe(404);
  expect((await fork(id, { message_id: other.left.reply.id })).status).toBe(404);
  expect(rows('select 1 from conversations where origin_id = ?', id)).toEqual([]);
});

it('links both conversations, also when the other one is in the trash or gone', async () => {
  const { id } = await story('linked');
  const { body } = await fork(id);
  expect((await ana.page(`/conversations/${body.id}`)).body).toMatch(
    new RegExp(`Forked from</span> <a dir="auto" href="/conversations/${id}">linked one</a>`),
  );
  expect((await ana.page(`/conversations/${id}`)).body).toMatch(
    new RegExp(`Forked into</span> <a dir="auto" href="/conversations/${body.id}">Fork: linked one</a>`),
  );
  await ana.call('DELETE', `/conversations/${id}`);
  const inTrash = (await ana.page(`/conversations/${body.id}`)).body;
  expect(inTrash).toMatch(/<a dir="auto" href="\/trash">linked one<\/a> <span>\(in the trash\)/);
  await ana.call('DELETE', `/trash/${id}`);
  const gone = (await ana.page(`/conversations/${body.id}`)).body;
  expect(gone).toContain('Forked from a conversation that was permanently deleted');
  expect((await ana.call('GET', `/conversations/${body.id}`)).body).toMatchObject({
    origin: { kind: 'fork', conversation_id: null },
  });
  expect(await textsOf(body.id)).toHaveLength(4);
});

it('leaves the history and its numbers as they were, and is found by search', async () => {
  const { id } = await story('history');
  const today = new Date().toISOString().slice(0, 10);
  const history = async () => (await ana.call('GET', '/history?limit=100')).body;
  const before = [await history(), (await ana.call('GET', `/chatlog/${today}/1`)).body];
  const { body } = await fork(id);
  expect([await history(), (await ana.call('GET', `/chatlog/${today}/1`)).body]).toEqual(before);
  type Hits = { hits: { conversation_id: string }[] };
  const found = await ana.call<Hits>('GET', '/search?q=%22history+left%22');
  expect(found.body.hits.map((hit) => hit.conversation_id)).not.toContain(body.id);
  const copies = await ana.call<Hits>('GET', '/search?q=%22history+right%22');
  expect(new Set(copies.body.hits.map((hit) => hit.conversation_id))).toEqual(new Set([id, body.id]));
});

it('stays temporary when it comes from a temporary conversation', async () => {
  const { id, reply } = await ana.begin({ content: 'temporary one', temporary: true });
  await answer('temporary one');
  await ana.ended(id, reply.id);
  const { body } = await fork(id);
  expect(body['temporary']).toBe(true);
  expect((await ana.page('/conversations')).body).not.toContain(body.id);
});

it('copies a branch of thousands of messages whole, and shows nothing of it before', async () => {
  const { id } = await ana.begin({ title: 'Long' });
  const leaf = fillConversation(id, 3000);
  const work = fork(id, { message_id: leaf, client_id: 'long' });
  const list = await ana.call<{ conversations: ConversationJson[] }>('GET', '/conversations?limit=100');
  expect(list.body.conversations.map(({ title }) => title)).not.toContain('Fork: Long');
  const made = await work;
  expect(made.status).toBe(201);
  expect(await textsOf(made.body.id)).toEqual(await textsOf(id));
  const trash = await ana.call('GET', '/trash');
  expect(JSON.stringify(trash.body)).not.toContain(made.body.id);
});

it('offers to fork each branch on the page of branches, and each answer in its menu', async () => {
  const { id, left } = await story('pages');
  const conversation = await ana.page(`/conversations/${id}?at=${left.reply.id}`);
  const url = `/conversations/${id}/branches?fork=${left.reply.id}`;
  expect(conversation.body).toContain(`href="${url}#fork"`);
  const page = (await ana.page(url)).body;
  expect(page).toContain('value="Fork: pages one"');
  const form = /name="message_id" value="(\w+)">\s*<input type="hidden" name="client_id" value="(\w+)"/.exec(
    page,
  );
  expect(form?.[1]).toBe(left.reply.id);
  const fields = { message_id: form?.[1] ?? '', client_id: form?.[2] ?? '', title: 'Named' };
  const made = await ana.form(`/conversations/${id}/fork`, fields);
  expect(made.status).toBe(303);
  expect(await ana.form(`/conversations/${id}/fork`, fields)).toMatchObject({ location: made.location });
  expect(await textsOf(made.location.replace('/conversations/', ''))).toContain('pages left');
  expect(page).toContain('aria-label="Fork off “pages left”"');
});

it('removes what a crash left of a copy', async () => {
  const { id } = await story('crash');
  const { body } = await fork(id);
  rows('update conversations set deleted_at = 1, purged_at = 2 where id = ?', body.id);
  await bench.salon.restart();
  ana = ana.at(bench.salon.url);
  await eventually(() =>
    rows('select 1 from conversations where id = ?', body.id).length ? undefined : true,
  );
  expect(rows('select 1 from messages where conversation_id = ?', body.id)).toEqual([]);
  expect(await textsOf(id)).toHaveLength(4);
});

/** Questions and answers below each other, as a long conversation has them. @returns the last one's id */
function fillConversation(id: string, messages: number): string {
  const db = openDatabase(bench.salon.dir);
  const insert =
    db.prepare(`insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, status, created_at)
    select ?, c.id, c.owner_id, coalesce(?, c.id), ?, ?, ?, ?, c.created_at + ? from conversations c where c.id = ?`);
  const idOf = (at: number) => `${id.slice(0, 20)}${String(at).padStart(6, '0')}`;
  db.transaction(() => {
    for (let at = 1; at <= messages; at++) {
      const isQuestion = at % 2 === 1;
      const parent = at === 1 ? null : idOf(at - 1);
      const status = isQuestion ? null : 'complete';
      insert.run(
        idOf(at),
        parent,
        at,
        isQuestion ? 'user' : 'assistant',
        `Text ${at} of it.`,
        status,
        at,
        id,
      );
    }
  })();
  db.prepare('update conversations set leaf_id = ? where id = ?').run(idOf(messages), id);
  db.close();
  return idOf(messages);
}
