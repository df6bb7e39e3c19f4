import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import { eventually, personAt, type Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';

let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

it('before the first token: nothing is kept, and the model server is let go', async () => {
  const { id, reply, call } = await asked();
  expect(await ana.stop(reply.id)).toMatchObject({ status: 'stopped', content: '' });
  await eventually(() => call.isClosed() || undefined);
  expect(await ana.find(id, reply.id)).toMatchObject({ status: 'stopped' });
});

it('in the middle: the text is kept, readers are told, and the model server is let go', async () => {
  const { reply, call } = await asked();
  call.say('So far');
  await untilText(ana, reply.id);
  const following = ana.follow(reply.id);
  expect(await ana.stop(reply.id)).toMatchObject({ status: 'stopped', content: 'So far' });
  await eventually(() => call.isClosed() || undefined);
  expect((await following).events.at(-1)).toMatchObject({
    event: 'done',
    data: { message: { status: 'stopped', content: 'So far' } },
  });
});

it('twice and after the end it changes nothing', async () => {
  const { id, reply, call } = await asked();
  call.say('Whole');
  call.finish();
  await ana.ended(id, reply.id);
  expect(await ana.stop(reply.id)).toMatchObject({ status: 'complete', content: 'Whole' });
  const second = await asked();
  const both = await Promise.all([ana.stop(second.reply.id), ana.stop(second.reply.id)]);
  expect(both.map(({ status }) => status)).toEqual(['stopped', 'stopped']);
  expect(await ana.stop(second.reply.id)).toMatchObject({ status: 'stopped' });
});

it('from another session of the same person', async () => {
  const { reply, call } = await asked();
  const login = await fetch(`${bench.salon.url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'Ana', password: 'correct horse 1' }),
  });
  const phone = personAt(bench.salon.url, (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '');
  expect(phone.cookie).not.toBe(ana.cookie);
  expect(await phone.stop(reply.id)).toMatchObject({ status: 'stopped' });
  await eventually(() => call.isClosed() || undefined);
});

it('at the same moment as the last token it is either complete or stopped, with all text', async () => {
  for (let i = 0; i < 10; i++) {
    const { id, reply, call } = await asked();
    call.say('All of it');
    await untilText(ana, reply.id);
    call.finish();
    const stopped = await ana.stop(reply.id);
    expect(['complete', 'stopped']).toContain(stopped.status);
    expect(await ana.find(id, reply.id)).toMatchObject({ content: 'All of it', status: stopped.status });
  }
});

it('stops an answer that waits for the one before it, without asking the model server', async () => {
  const { id, reply, call } = await asked();
  const second = await ana.ask(id, 'never-asked');
  expect(await ana.stop(second.reply.id)).toMatchObject({ status: 'stopped', content: '' });
  call.say('First');
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete' });
  // The next one is asked after the turn of the stopped one has passed.
  const third = await ana.ask(id, 'asked after it');
  (await strings.next('asked after it')).finish();
  await ana.ended(id, third.reply.id);
  const prompts = bench.model
    .calls()
    .map(({ body }) => (body['messages'] as { content: string }[]).at(-1)?.content);
  expect(prompts).toContain('asked after it');
  expect(prompts).not.toContain('never-asked');
});

it('a closed tab changes nothing: the answer gets to its end', async () => {
  const { id, reply, call } = await asked();
  call.say('Before ');
  await untilText(ana, reply.id);
  // The server knows that nobody reads any more.
  await waitFor(async () =>
    /^salon_event_streams 0$/m.test((await bench.salon.anonymous().get('/metrics')).text),
  );
  expect(call.isClosed()).toBe(false);
  call.say('after');
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete', content: 'Before after' });
});
