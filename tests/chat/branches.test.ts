import { expect, it } from 'vitest';
import type { ConversationJson, ExchangeJson, Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets } from '../support/set-up.ts';

let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ ana, strings } = opened));

type BranchJson = {
  id: string;
  leaf_id: string;
  depth: number;
  name: string | null;
  excerpt: string;
  messages: number;
  current: boolean;
};
const branchesOf = async (id: string) =>
  (await ana.call<{ branches: BranchJson[] }>('GET', `/conversations/${id}/branches`)).body.branches;
const remove = (id: string) => ana.call('DELETE', `/messages/${id}/branch`);
const edit = async (id: string, content: string) =>
  (await ana.call<ExchangeJson>('POST', `/messages/${id}/edit`, { content })).body;

async function answer(word: string): Promise<void> {
  const call = await strings.next(word);
  call.say(`About ${word}.`);
  call.finish();
}

/** A first question in two versions; below the second one a question that was asked twice. */
async function tree(word: string) {
  const first = await asked();
  first.call.finish();
  await ana.ended(first.id, first.reply.id);
  const other = await edit(first.message.id, `${word} other`);
  await answer(`${word} other`);
  await ana.ended(first.id, other.reply.id);
  const left = await ana.ask(first.id, `${word} left`, { parent_id: other.reply.id });
  await answer(`${word} left`);
  const right = await ana.ask(first.id, `${word} right`, { parent_id: other.reply.id });
  await answer(`${word} right`);
  await ana.ended(first.id, right.reply.id);
  await ana.ended(first.id, left.reply.id);
  return { id: first.id, first, other, left, right };
}

it('lists each branch below the one that it parts from, and says which is current', async () => {
  const { id, first, other, left, right } = await tree('one');
  const branches = await branchesOf(id);
  expect(branches.map((branch) => [branch.id, branch.depth, branch.messages, branch.current])).toEqual([
    [first.message.id, 0, 2, false],
    [other.message.id, 0, 6, true],
    [left.message.id, 1, 2, false],
    [right.message.id, 1, 2, true],
  ]);
  expect(branches[1]).toMatchObject({ excerpt: 'one other', leaf_id: right.reply.id });
  const page = await ana.page(`/conversations/${id}/branches`);
  expect(page.status).toBe(200);
  expect(page.body).toContain(`href="/conversations/${id}?at=${left.message.id}#message-${left.message.id}"`);
});

it('gives a branch a name, and takes it away', async () => {
  const { id, left } = await tree('two');
  const named = await ana.form(`/messages/${left.message.id}/branch`, { name: ' The <left> one ' });
  expect(named).toMatchObject({ status: 303, location: `/conversations/${id}/branches` });
  expect((await branchesOf(id))[2]?.name).toBe('The <left> one');
  expect((await ana.page(named.location)).body).toContain('The &lt;left&gt; one');
  await ana.call('PATCH', `/messages/${left.message.id}/branch`, { name: '' });
  expect((await branchesOf(id))[2]?.name).toBeNull();
});

it('deletes a branch with what parts from it, and goes to the newest message that is left', async () => {
  const { id, first, other } = await tree('three');
  const page = await ana.page(`/conversations/${id}/branches?delete=${other.message.id}`);
  expect(page.body).toContain('6 messages will be deleted permanently.');
  const done = await ana.form(`/messages/${other.message.id}/branch/delete`);
  expect(done).toMatchObject({ status: 303, location: `/conversations/${id}/branches` });
  expect((await ana.read(id)).messages.map((message) => message.id)).toEqual([
    first.message.id,
    first.reply.id,
  ]);
  expect((await branchesOf(id)).map((branch) => branch.id)).toEqual([first.message.id]);
  expect((await ana.call('GET', `/conversations/${id}?at=${other.message.id}`)).status).toBe(404);
});

it('never deletes the only branch, also when both are deleted at once', async () => {
  const { id, first, other } = await tree('four');
  const answers = await Promise.all([remove(first.message.id), remove(other.message.id)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  const left = await branchesOf(id);
  expect(left.filter(({ depth }) => depth === 0)).toHaveLength(1);
  expect((await ana.read(id)).messages.length).toBeGreaterThan(0);
});

it('stops what is being written in a branch that is deleted', async () => {
  const { id, right, other } = await tree('five');
  const running = await ana.ask(id, 'five runs', { parent_id: right.reply.id });
  const call = await strings.next('five runs');
  expect((await remove(right.message.id)).status).toBe(204);
  await expect.poll(() => call.isClosed()).toBe(true);
  expect((await ana.call('GET', `/conversations/${id}?at=${running.reply.id}`)).status).toBe(404);
  const after = await ana.ask(id, 'five goes on', { parent_id: other.reply.id });
  await answer('five goes on');
  expect(await ana.ended(id, after.reply.id)).toMatchObject({ status: 'complete' });
});

it('deletes a long branch whole', async () => {
  const { id, first, other } = await tree('six');
  let parent = other.reply.id;
  for (let i = 0; i < 60; i++) {
    const { reply } = await ana.ask(id, `six ${i}.`, { parent_id: parent });
    (await strings.next(`six ${i}.`)).finish();
    parent = reply.id;
  }
  await ana.ended(id, parent);
  expect((await branchesOf(id))[1]?.messages).toBe(126);
  expect((await remove(other.message.id)).status).toBe(204);
  const { body } = await ana.call<ConversationJson>('GET', `/conversations/${id}`);
  expect(body.messages.map((message) => message.id)).toEqual([first.message.id, first.reply.id]);
});
