import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { followLive, untilStored } from '../support/answers.ts';
import {
  eventually,
  joinedText,
  personAt,
  settingsFor,
  signUpAt,
  type MessageJson,
  type Person,
} from '../support/chat.ts';
import { shownHtml, type ServerEvent } from '../support/events.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { spawnSalon, type SalonProcess } from '../support/process.ts';
import { pullStrings, type Puppet, type Strings } from '../support/puppet.ts';

let model: ModelServer;
let strings: Strings;
const started: SalonProcess[] = [];
beforeAll(async () => {
  model = await startModelServer();
  strings = pullStrings(model);
});
afterEach(async () => {
  for (const salon of started.splice(0)) await salon.remove();
});
afterAll(() => model.close());

async function start(dir?: string) {
  const salon = await spawnSalon({ env: settingsFor(model), ...(dir ? { dir } : {}) });
  started.push(salon);
  return salon;
}

it('SIGTERM stores the text of all running answers, tells their readers, and ends with 0', async () => {
  const salon = await start();
  const person = await signUpAt(salon.url, 'Ana');
  const answers: {
    id: string;
    reply: MessageJson;
    call: Puppet;
    text: string;
    reading: ReturnType<Person['follow']>;
  }[] = [];
  for (let i = 0; i < 20; i++) {
    const { id, reply } = await person.begin({ content: `q${i}.` });
    const call = await strings.next(`q${i}.`);
    const text = `text of ${i} `.repeat(i + 1);
    const reading = person.follow(reply.id, { query: i % 2 ? '?format=text' : '' });
    await person.follow(reply.id, {
      until: ({ event }) => (event === 'status' ? (call.say(text), false) : event !== 'status'),
    });
    answers.push({ id, reply, call, text, reading });
  }
  const waiting = await person.ask(answers[0]?.id ?? '', 'waits for the first');
  const end = await salon.kill('SIGTERM');
  expect(end).toEqual({ code: 0, signal: null });
  for (const { reading, text } of answers) {
    const { events, ended } = await reading;
    expect(ended).toBe(true);
    expect(events.at(-1)).toMatchObject({
      event: 'done',
      data: { message: { status: 'interrupted', content: text } },
    });
  }
  await eventually(() => (answers.every(({ call }) => call.isClosed()) ? true : undefined));

  const again = personAt((await start(salon.dir)).url, person.cookie);
  for (const { id, reply, text } of answers)
    expect(await again.find(id, reply.id)).toMatchObject({
      status: 'interrupted',
      content: text,
      error: { code: 'interrupted' },
    });
  expect(await again.find(answers[0]?.id ?? '', waiting.reply.id)).toMatchObject({
    status: 'interrupted',
    content: '',
  });
});

it('a second SIGTERM changes nothing', async () => {
  const salon = await start();
  const person = await signUpAt(salon.url, 'Ana');
  await person.begin({ content: 'runs' });
  await strings.next('runs');
  process.kill(salon.pid ?? 0, 'SIGTERM');
  expect(await salon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});

it('after a kill the answer is interrupted, its page has no spinner, and continue works', async () => {
  const salon = await start();
  const person = await signUpAt(salon.url, 'Ana');
  const { id, reply } = await person.begin({ content: 'killed early' });
  const call = await strings.next('killed early');
  call.say('The first half, ');
  await untilStored(person, id, reply.id);
  await salon.kill('SIGKILL');
  const again = personAt((await start(salon.dir)).url, person.cookie);
  const page = (await again.page(`/conversations/${id}`)).body;
  expect(page).not.toContain('<reply-feed');
  expect(page).toContain(`/replies/${reply.id}/continue`);
  await again.continueReply(reply.id);
  const more = await strings.next('Continue exactly');
  more.say('and the second.');
  more.finish();
  expect(await again.ended(id, reply.id)).toMatchObject({
    status: 'complete',
    content: 'The first half, and the second.',
  });
});

it('an answer that had not begun can be tried again after a kill', async () => {
  const salon = await start();
  const person = await signUpAt(salon.url, 'Ana');
  const { id, reply } = await person.begin({ content: 'killed at once' });
  await salon.kill('SIGKILL');
  const again = personAt((await start(salon.dir)).url, person.cookie);
  expect(await again.find(id, reply.id)).toMatchObject({ status: 'interrupted', content: '' });
  await again.continueReply(reply.id);
  const call = await strings.next('killed at once');
  call.say('Now.');
  call.finish();
  expect(await again.ended(id, reply.id)).toMatchObject({ status: 'complete', content: 'Now.' });
});

it('a reader that saw more than was stored is brought right after the restart', async () => {
  const salon = await start();
  const person = await signUpAt(salon.url, 'Ana');
  const { id, reply } = await person.begin({ content: 'seen but not stored' });
  const call = await strings.next('seen but not stored');
  call.say('Stored **text** ');
  await untilStored(person, id, reply.id);
  const ahead = `and what was seen in the last moment ${'x'.repeat(50)}`;
  const until = ({ id: at }: { id: string | undefined }) => Number(at) >= 16 + ahead.length;
  const readers = [
    followLive(person, reply.id, { until, query: '?format=text' }),
    followLive(person, reply.id, { until }),
  ];
  for (const { begun } of readers) await begun();
  call.say(ahead);
  const [text, html] = await Promise.all(readers.map(({ reading }) => reading));
  await salon.kill('SIGKILL');

  const again = personAt((await start(salon.dir)).url, person.cookie);
  const stored = (await again.find(id, reply.id))?.content ?? '';
  expect(`Stored **text** ${ahead}`.startsWith(stored)).toBe(true);
  const lastOf = (events: ServerEvent[] = []) => events.findLast(({ id: at }) => at !== undefined)?.id ?? '';
  const ended = await again.follow(reply.id, { query: '?format=text', lastEventId: lastOf(text?.events) });
  expect(joinedText(ended.events, joinedText(text?.events ?? []))).toBe(stored);
  expect(ended.events.at(-1)).toMatchObject({
    event: 'done',
    data: { message: { status: 'interrupted', content: stored } },
  });

  await again.continueReply(reply.id);
  const more = await strings.next('Continue exactly');
  const following = [
    followLive(again, reply.id, { query: '?format=text', lastEventId: lastOf(text?.events) }),
    followLive(again, reply.id, { lastEventId: lastOf(html?.events) }),
    followLive(again, reply.id),
  ];
  for (const { begun } of following) await begun();
  more.say('went on.');
  more.finish();
  const [textAfter, htmlAfter, fresh] = await Promise.all(following.map(({ reading }) => reading));
  const final = `${stored}went on.`;
  expect(await again.ended(id, reply.id)).toMatchObject({ status: 'complete', content: final });
  expect(joinedText(textAfter?.events ?? [], joinedText(text?.events ?? []))).toBe(final);
  expect(shownHtml(htmlAfter?.events ?? [], shownHtml(html?.events ?? []))).toEqual(
    shownHtml(fresh?.events ?? []),
  );
});
