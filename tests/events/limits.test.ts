import http, { type IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';
import { waitFor } from '../support/wait.ts';
import { followAll } from './setup.ts';

const MAX_STREAMS = 64;
let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));

it('closes the oldest of more than 64 streams of a person, whichever routes they are of, and says why', async () => {
  const { id, reply, call } = await asked();
  call.say('Begun');
  const oldest = ana.follow(reply.id);
  await ana.follow(reply.id, { until: ({ event }) => event === 'tail' });
  const others = Array.from({ length: MAX_STREAMS - 1 }, () =>
    followAll(bench.salon.url, `reply=${reply.id}&conversation=${id}`, {
      cookie: ana.cookie,
      until: ({ event }) => event === 'done',
    }),
  );
  for (const { has } of others) await has(({ event }) => event === 'tail');
  const newest = ana.follow(reply.id);
  const { events, ended } = await oldest;
  expect(ended).toBe(true);
  expect(events.at(-1)).toMatchObject({
    event: 'error',
    data: { status: 429, code: 'too_many_streams', detail: expect.stringContaining('64') as string },
  });
  call.finish();
  expect((await newest).events.at(-1)?.event).toBe('done');
  for (const { reading } of others) expect((await reading).events.at(-1)?.event).toBe('done');
});

it("counts each person's streams by themselves, and not those that are closed", async () => {
  const bea = await bench.person('Bea');
  const { reply, call } = await asked();
  call.say('Begun');
  const kept = ana.follow(reply.id);
  for (let at = 0; at < MAX_STREAMS + 6; at++) await ana.follow(reply.id, { until: () => true });
  const { id } = await bea.begin();
  // As many as one person may have, beside the one of Ana.
  const others = Array.from({ length: MAX_STREAMS }, () =>
    followAll(bench.salon.url, `conversation=${id}`, {
      cookie: bea.cookie,
      until: ({ event }) => event === 'message',
    }),
  );
  await waitFor(async () => (await openStreams()) === MAX_STREAMS + 1);
  await bea.ask(id, 'enough of Bea');
  (await strings.next('enough of Bea')).finish();
  for (const { reading } of others) expect((await reading).events.at(-1)?.event).toBe('message');
  call.finish();
  expect((await kept).events.at(-1)?.event).toBe('done');
});

it('drops a reader of whose stream more than 1 MB waits and nothing is read', async () => {
  const { id, reply, call } = await asked();
  call.finish();
  await ana.ended(id, reply.id);
  const unread = await openUnread(`/events?conversation=${id}`);
  await waitFor(async () => (await openStreams()) === 1);
  // More than the operating systems of both ends take; in letters of two bytes, since sockets count them in two ways.
  for (let said = 0; said < 60; said++) {
    await ana.ask(id, `long ${said} ${'wört '.repeat(30_000)}`);
    (await strings.next(`long ${said} `)).finish();
  }
  await waitFor(async () => (await openStreams()) === 0);
  unread.destroy();
}, 120_000);

it('leaves out what an API key is not made for', async () => {
  const { id, reply, call } = await asked();
  const key = async (...scopes: string[]) =>
    (await ana.call<{ key: string }>('POST', '/settings/keys', { name: 'key', scopes })).body.key;
  const job = (await ana.call<{ job: { id: string } }>('POST', '/images', { prompt: 'a bay' })).body.job;
  const followed = `conversation=${id}&reply=${reply.id}&job=${job.id}`;
  const read = (bearer: string) =>
    followAll(bench.salon.url, followed, {
      cookie: '',
      headers: { authorization: `Bearer ${bearer}` },
      until: ({ data }) => JSON.stringify(data).includes('enough now'),
    });
  call.say('For the chat alone');
  call.finish();
  await ana.ended(id, reply.id);
  const [chat, images] = [read(await key('chat')), read(await key('images'))];
  await chat.has(({ event, data }) => event === 'done' && data['for'] === reply.id);
  await images.has(({ event, data }) => event === 'done' && data['for'] === job.id);
  // Both are open at the end of the job and while something happens in the conversation.
  const last = await ana.ask(id, 'enough now');
  (await strings.next('enough now')).finish();
  await chat.reading;
  await ana.ended(id, last.reply.id);
  const forOf = ({ seen }: typeof chat) => [...new Set(seen.map(({ data }) => data['for']))].sort();
  expect(forOf(chat)).toEqual([id, reply.id].sort());
  expect(forOf(images)).toEqual([job.id]);
});

async function openStreams(): Promise<number> {
  const { text } = await bench.salon.anonymous().get('/metrics');
  return Number(/^salon_event_streams (\d+)/m.exec(text)?.[1]);
}

/** Opens a stream and reads nothing of it. */
function openUnread(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { headers: { cookie: ana.cookie }, agent: false };
    http
      .get(bench.salon.url + path, options, (answer) => resolve(answer.on('error', () => undefined)))
      .on('error', reject);
  });
}
