import { beforeAll, expect, it } from 'vitest';
import type { ExchangeJson, Person } from '../support/chat.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

let bench: Bench;
let owner: Person;
let stranger: Person;
let theirs: ExchangeJson & { id: string };
let own: ExchangeJson & { id: string };
const unknown = '01k00000000000000000000000';

setUpChat((opened) => ({ bench } = opened));
beforeAll(async () => {
  owner = await bench.person('Owner');
  stranger = await bench.person('Stranger');
  theirs = await owner.begin({ content: 'canary-of-the-owner [[n=3]]' });
  await owner.ended(theirs.id, theirs.reply.id);
  own = await stranger.begin({ content: 'own question [[n=3]]' });
  await stranger.ended(own.id, own.reply.id);
});

const routes: [method: string, path: string, body?: object][] = [
  ['GET', '/conversations/:conversation'],
  ['HEAD', '/conversations/:conversation'],
  ['PATCH', '/conversations/:conversation', { title: 'Mine now' }],
  ['POST', '/conversations/:conversation', { title: 'Mine now' }],
  ['DELETE', '/conversations/:conversation'],
  ['POST', '/conversations/:conversation/delete', {}],
  ['POST', '/conversations/:conversation/restore', {}],
  ['POST', '/conversations/:conversation/messages', { content: 'Let me in' }],
  ['POST', '/conversations/:conversation/stream', { content: 'Let me in' }],
  ['GET', '/replies/:reply/events'],
  ['GET', '/replies/:reply/events?format=text&after=0'],
  ['HEAD', '/replies/:reply/events'],
  ['POST', '/replies/:reply/stop', {}],
  ['POST', '/replies/:reply/continue', {}],
  ['POST', '/messages/:reply/regenerate', {}],
];

const withIds = (path: string, conversation: string, reply: string) =>
  path.replace(':conversation', conversation).replace(':reply', reply);

it.each(routes)(
  '%s %s of another person is 404, as for one that does not exist',
  async (method, path, body) => {
    const before = await owner.read(theirs.id);
    const calls = bench.model.calls().length;
    const foreign = await stranger.call<object>(method, withIds(path, theirs.id, theirs.reply.id), body);
    const missing = await stranger.call<object>(method, withIds(path, unknown, unknown), body);
    expect(foreign.status).toBe(404);
    const bare = (answer: { body: object }) =>
      typeof answer.body === 'object' ? { ...answer.body, request_id: '' } : answer.body;
    expect(bare(foreign)).toEqual(bare(missing));
    expect(await owner.read(theirs.id)).toEqual(before);
    expect(bench.model.calls().length).toBe(calls);
  },
);

it.each(routes)('asks a visitor to sign in: %s %s', async (method, path, body) => {
  const response = await fetch(bench.salon.url + withIds(path, theirs.id, theirs.reply.id), {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.status).toBe(401);
});

it.each([
  ["another person's answer", () => theirs.reply.id],
  ["another person's question", () => theirs.message.id],
  ['an id that does not exist', () => unknown],
  ['no id at all', () => "' or 1=1 --"],
])('%s as parent is 404, and nothing of it reaches the model server', async (_name, parent) => {
  const calls = bench.model.calls().length;
  const before = await stranger.read(own.id);
  for (const door of ['messages', 'stream']) {
    const body = { content: 'Go on', parent_id: parent() };
    expect((await stranger.call('POST', `/conversations/${own.id}/${door}`, body)).status).toBe(404);
  }
  expect(bench.model.calls().length).toBe(calls);
  expect(await stranger.read(own.id)).toEqual(before);
});

it("an answer of one's own other conversation as parent is 404", async () => {
  const other = await stranger.begin({ content: 'other-canary [[n=1]]' });
  await stranger.ended(other.id, other.reply.id);
  const calls = bench.model.calls().length;
  const body = { content: 'Go on', parent_id: other.reply.id };
  expect((await stranger.call('POST', `/conversations/${own.id}/messages`, body)).status).toBe(404);
  expect(bench.model.calls().length).toBe(calls);
});

it('a message of another conversation in ?at= is 404', async () => {
  for (const at of [theirs.reply.id, unknown, 'x']) {
    expect((await stranger.call('GET', `/conversations/${own.id}?at=${at}`)).status).toBe(404);
  }
});

it("keeps the client ids of two people apart, and a person's list to itself", async () => {
  const [one, two] = await Promise.all([
    owner.begin({ content: 'from the owner [[n=1]]', client_id: 'same-id' }),
    stranger.begin({ content: 'from the stranger [[n=1]]', client_id: 'same-id' }),
  ]);
  expect(one.id).not.toBe(two.id);
  expect(two.message.content).toBe('from the stranger [[n=1]]');
  const { body } = await stranger.call('GET', '/conversations');
  expect(JSON.stringify(body)).not.toContain('owner');
});
