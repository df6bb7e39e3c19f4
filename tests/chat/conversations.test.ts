import { expect, it } from 'vitest';
import { eventually, type ConversationJson, type Person } from '../support/chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

type List = { conversations: ConversationJson[]; next_cursor: string | null };

let bench: Bench;
let ana: Person;
setUpChat((opened) => ({ bench, ana } = opened));

const newPerson = (() => {
  let count = 0;
  return () => bench.person(`Person ${++count}`);
})();

it('gives a conversation exactly the members of the contract', async () => {
  const made = await ana.begin({ content: 'Hello [[n=2]]', system_prompt: 'Be kind', model: 'gpt-4o' });
  const reply = await ana.ended(made.id, made.reply.id);
  const whole = await ana.read(made.id);
  expect(Object.keys(whole).sort()).toEqual([
    'archived',
    'created_at',
    'id',
    'messages',
    'model',
    'parameters',
    'pinned',
    'summary',
    'system_prompt',
    'title',
    'updated_at',
  ]);
  expect(whole).toMatchObject({
    title: 'Hello [[n=2]]',
    summary: null,
    model: 'gpt-4o',
    system_prompt: 'Be kind',
    parameters: {},
    pinned: false,
    archived: false,
  });
  expect(whole.messages).toEqual([
    {
      id: made.message.id,
      role: 'user',
      content: 'Hello [[n=2]]',
      parent_id: null,
      siblings: [made.message.id],
      attachments: [],
      created_at: made.message.created_at,
    },
    {
      id: made.reply.id,
      role: 'assistant',
      content: 'wört0 wört1 ',
      parent_id: made.message.id,
      status: 'complete',
      finish_reason: 'stop',
      model: 'gpt-4o',
      siblings: [made.reply.id],
      attachments: [],
      created_at: made.reply.created_at,
    },
  ]);
  expect(reply.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it('begins one without a question, and names it after its first question', async () => {
  const made = await ana.begin({});
  expect(made).toMatchObject({ title: '', messages: [] });
  expect(made).not.toHaveProperty('reply');
  const pinned = await ana.call<ConversationJson>('PATCH', `/conversations/${made.id}`, { pinned: true });
  expect(pinned.body).toMatchObject({ title: '', pinned: true });
  await ana.ask(made.id, 'What is a **quokka**? [[n=1]]');
  await ana.ask(made.id, 'And a numbat? [[n=1]]');
  expect((await ana.read(made.id)).title).toMatch(/^What is a quokka\?/);
});

it('keeps a title that is given at the same moment as the first question', async () => {
  for (let i = 0; i < 10; i++) {
    const { id } = await ana.begin();
    const give = ana.call('PATCH', `/conversations/${id}`, { title: 'Given' });
    const ask = ana.ask(id, 'Named by its question [[n=1]]');
    expect((await give).status).toBe(200);
    const { reply } = await ask;
    expect((await ana.read(id)).title).toBe('Given');
    await ana.ended(id, reply.id);
  }
});

it('keeps a title that was given', async () => {
  const made = await ana.begin({ title: 'My own', content: 'Something else [[n=1]]' });
  expect(made.title).toBe('My own');
});

it('lists 120 conversations by cursor, newest first, each one once', async () => {
  const person = await newPerson();
  const ids: string[] = [];
  for (let i = 0; i < 120; i++) ids.push((await person.begin({ title: `Number ${i}` })).id);
  const pages: string[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await person.call<List>('GET', `/conversations?limit=50${more}`);
    pages.push(body.conversations.map(({ id }) => id));
    cursor = body.next_cursor;
    // What is new meanwhile does not move the later pages.
    if (pages.length === 1) await person.begin({ title: 'In between' });
  }
  expect(pages.map((page) => page.length)).toEqual([50, 50, 20]);
  expect(pages.flat()).toEqual(ids.reverse());
  const sizes = ['1000', '1e99', '-3', '0', '2.5', 'abc', '', '5&limit=7'].map(async (limit) => [
    limit,
    (await person.call<List>('GET', `/conversations?limit=${limit}`)).body.conversations.length,
  ]);
  expect(Object.fromEntries(await Promise.all(sizes))).toEqual({
    '1000': 100,
    '1e99': 100,
    '-3': 1,
    '0': 1,
    '2.5': 2,
    abc: 50,
    '': 1,
    '5&limit=7': 50,
  });
  const { body } = await person.call<List>('GET', '/conversations');
  expect(Object.keys(body.conversations[0] ?? {}).sort()).toEqual([
    'archived',
    'created_at',
    'id',
    'model',
    'pinned',
    'summary',
    'title',
    'updated_at',
  ]);
});

it('changes each field by itself, and leaves the others', async () => {
  const { id } = await ana.begin({ title: 'Before' });
  const patch = async (change: object) =>
    (await ana.call<ConversationJson>('PATCH', `/conversations/${id}`, change)).body;
  await patch({ title: '  After\n two  lines ' });
  await patch({ model: 'gpt-4o' });
  await patch({ system_prompt: 'Short answers' });
  await patch({ parameters: { temperature: 0.5, max_tokens: 100 } });
  await patch({ pinned: true });
  const changed = await patch({ archived: true });
  expect(changed).toMatchObject({
    title: 'After two lines',
    model: 'gpt-4o',
    system_prompt: 'Short answers',
    parameters: { temperature: 0.5, max_tokens: 100 },
    pinned: true,
    archived: true,
  });
  expect(await patch({ model: null, system_prompt: '', pinned: false })).toMatchObject({
    model: null,
    system_prompt: null,
    pinned: false,
    archived: true,
  });
  expect(await ana.read(id)).toMatchObject({ title: 'After two lines', model: null, archived: true });
});

it('a deleted conversation is gone, its answer stops, and nothing late brings it back', async () => {
  const { id, reply } = await ana.begin({ content: 'Long [[n=2000 tps=100]]' });
  const following = ana.follow(reply.id, { query: '?format=text' });
  await eventually(() =>
    bench.model.calls().find(({ body }) => JSON.stringify(body).includes('Long [[n=2000')),
  );
  expect((await ana.call('DELETE', `/conversations/${id}`)).status).toBe(204);
  const { events, ended } = await following;
  expect(ended).toBe(true);
  expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'not_found' } });
  await eventually(() => bench.model.calls().find(({ isAborted }) => isAborted));
  for (const [method, path] of [
    ['GET', `/conversations/${id}`],
    ['DELETE', `/conversations/${id}`],
    ['PATCH', `/conversations/${id}`],
    ['GET', `/replies/${reply.id}/events`],
    ['POST', `/replies/${reply.id}/stop`],
    ['POST', `/replies/${reply.id}/continue`],
    ['POST', `/messages/${reply.id}/regenerate`],
  ] as const)
    expect((await ana.call(method, path, method === 'GET' ? undefined : {})).status, path).toBe(404);
  expect((await ana.call('POST', `/conversations/${id}/messages`, { content: 'Late' })).status).toBe(404);
  const { body } = await ana.call<List>('GET', '/conversations?limit=100');
  expect(body.conversations.map((conversation) => conversation.id)).not.toContain(id);

  expect((await ana.call('POST', `/conversations/${id}/restore`)).status).toBe(200);
  const restored = await ana.read(id);
  expect(restored.messages).toHaveLength(2);
  expect(restored.messages[1]).toMatchObject({ status: 'stopped' });
  expect((await ana.call('POST', `/conversations/${id}/restore`)).status).toBe(404);
});
