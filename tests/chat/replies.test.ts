import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import type { Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets } from '../support/set-up.ts';

let strings: Strings;
let ana: Person;
const { asked } = setUpPuppets((opened) => ({ strings, ana } = opened), { OPENAI_MAX_RETRIES: '0' });

it('regenerate adds an answer beside the first and overwrites nothing', async () => {
  const { id, message, reply, call, content } = await asked();
  call.say('First version');
  call.finish();
  await ana.ended(id, reply.id);
  const second = await ana.regenerate(reply.id, { model: 'gpt-4o' });
  expect(second).toMatchObject({ parent_id: message.id, content: '', siblings: [reply.id, second.id] });
  const again = await strings.next(content);
  expect(again.turns).toEqual([{ role: 'user', content }]);
  expect(again.body['model']).toBe('gpt-4o');
  const { events } = await Promise.all([
    ana.follow(second.id),
    (async () => {
      again.say('Second version');
      again.finish();
    })(),
  ]).then(([following]) => following);
  // The last event draws the answer as the page does, with the way to the other version.
  expect(events.at(-1)).toMatchObject({
    event: 'done',
    data: { message: { siblings: [reply.id, second.id] } },
  });
  expect(String(events.at(-1)?.data['html'])).toContain(`?at=${reply.id}`);
  expect((await ana.read(id)).messages.map((each) => each.content)).toEqual([content, 'Second version']);
  expect(await ana.find(id, reply.id)).toMatchObject({
    content: 'First version',
    status: 'complete',
    siblings: [reply.id, second.id],
  });
});

it('regenerate waits for its person while the first answer is still written, which goes on', async () => {
  const { id, reply, call } = await asked();
  const refused = await ana.call('POST', `/messages/${reply.id}/regenerate`);
  expect(refused).toMatchObject({ status: 409, body: { code: 'answer_running' } });
  call.say('A');
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ content: 'A', siblings: [reply.id] });
});

it('continue goes on in the same message and keeps its text', async () => {
  const { id, reply, call, content } = await asked();
  call.say('The first half, ');
  await untilText(ana, reply.id, 'The first half, ');
  expect(await ana.stop(reply.id)).toMatchObject({ status: 'stopped', content: 'The first half, ' });
  const again = await ana.continueReply(reply.id);
  expect(again).toMatchObject({ id: reply.id, content: 'The first half, ' });
  const more = await strings.next('Continue exactly');
  expect(more.turns.slice(0, 2)).toEqual([
    { role: 'user', content },
    { role: 'assistant', content: 'The first half, ' },
  ]);
  const following = ana.follow(reply.id, { query: '?format=text&after=16' });
  more.say('and the second.');
  more.finish();
  const { events } = await following;
  expect(events.flatMap(({ event, data }) => (event === 'delta' ? [data['text']] : [])).join('')).toBe(
    'and the second.',
  );
  expect(await ana.ended(id, reply.id)).toMatchObject({
    status: 'complete',
    content: 'The first half, and the second.',
  });
  expect((await ana.call('POST', `/replies/${reply.id}/continue`)).status).toBe(409);
});

it('length can be continued, by JSON and on the page', async () => {
  const { id, reply, call } = await asked();
  call.say('Cut by length');
  call.finish('length');
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete', finish_reason: 'length' });
  expect((await ana.page(`/conversations/${id}`)).body).toContain(`action="/replies/${reply.id}/continue"`);
  await ana.continueReply(reply.id);
  const more = await strings.next('Continue exactly');
  more.say(' and the rest');
  more.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({
    finish_reason: 'stop',
    content: 'Cut by length and the rest',
  });
});

it('a failed answer is tried again in its place', async () => {
  const { id, reply, call, content } = await asked();
  call.cut();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'failed', content: '' });
  expect(await ana.continueReply(reply.id)).not.toHaveProperty('error');
  const again = await strings.next(content);
  expect(again.turns).toEqual([{ role: 'user', content }]);
  again.say('Now it works');
  again.finish();
  const done = await ana.ended(id, reply.id);
  expect(done).toMatchObject({ status: 'complete', content: 'Now it works' });
  expect(done).not.toHaveProperty('error');
});

it('continue of what runs, of a question and of a complete answer is refused', async () => {
  const { id, message, reply, call } = await asked();
  expect((await ana.call('POST', `/replies/${reply.id}/continue`)).status).toBe(409);
  expect((await ana.call('POST', `/replies/${message.id}/continue`)).status).toBe(404);
  call.finish();
  await ana.ended(id, reply.id);
  expect((await ana.call('POST', `/replies/${reply.id}/continue`)).status).toBe(409);
});

it('ten continues at once start one', async () => {
  const { id, reply, call } = await asked();
  call.say('x');
  await untilText(ana, reply.id, 'x');
  await ana.stop(reply.id);
  const calls = strings.calls();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => ana.call('POST', `/replies/${reply.id}/continue`)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
  const more = await strings.next('Continue exactly');
  more.say('y');
  more.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ content: 'xy', status: 'complete' });
  expect(strings.calls()).toBe(calls + 1);
});
