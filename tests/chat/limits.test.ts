import { expect, it } from 'vitest';
import type { ConversationJson, Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let strings: Strings;
let ana: Person;
setUpPuppets((opened) => ({ bench, strings, ana } = opened), { USER_MAX_ACTIVE: '2' });

const titles = async () =>
  (await ana.call<{ conversations: ConversationJson[] }>('GET', '/conversations')).body.conversations.map(
    ({ title }) => title,
  );

it('refuses more running answers than allowed with 429, and leaves nothing behind', async () => {
  const [one, two] = [await ana.begin({ content: 'one' }), await ana.begin({ content: 'two' })];
  const before = await titles();
  const begun = await ana.call<{ code: string }>('POST', '/conversations', { content: 'three' });
  expect(begun.status).toBe(429);
  expect(begun.body.code).toBe('too_many_active');
  expect(Number(begun.headers.get('retry-after'))).toBeGreaterThan(0);
  const page = await ana.form('/conversations', { content: 'three, typed with care' });
  expect(page.status).toBe(429);
  expect(page.headers.get('retry-after')).toBe('5');
  expect(page.body).toContain('three, typed with care');
  for (const path of [`/conversations/${one.id}/messages`, `/conversations/${one.id}/stream`])
    expect((await ana.call('POST', path, { content: 'more' })).status).toBe(429);
  expect(await titles()).toEqual(before);
  expect((await ana.read(one.id)).messages).toHaveLength(2);

  // Reading, stopping and repeating what is stored already still work.
  expect(await ana.stop(one.reply.id)).toMatchObject({ status: 'stopped' });
  (await strings.next('two')).finish();
  await ana.ended(two.id, two.reply.id);
  expect((await ana.call('POST', '/conversations', { content: 'three' })).status).toBe(201);
});

it('counts continue and regenerate too, and says so', async () => {
  const person = await bench.person('Bea');
  const first = await person.begin({ content: 'first' });
  await person.stop(first.reply.id);
  await person.begin({ content: 'second' });
  await person.begin({ content: 'third' });
  for (const path of [`/replies/${first.reply.id}/continue`, `/messages/${first.reply.id}/regenerate`]) {
    const answer = await person.call('POST', path, {});
    expect(answer.status, path).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('5');
  }
  expect((await person.read(first.id)).messages).toHaveLength(2);
});

it('lets another person in meanwhile, and counts exactly when ten come at once', async () => {
  const person = await bench.person('Cleo');
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => person.call('POST', '/conversations', { content: `crowd ${i}` })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, ...Array<number>(8).fill(429)]);
});
