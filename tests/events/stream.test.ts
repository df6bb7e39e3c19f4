import { beforeAll, expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { shownHtml } from '../support/events.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';
import type { Strings } from '../support/puppet.ts';
import { waitFor } from '../support/wait.ts';
import { followAll, told } from './setup.ts';

const never = '0'.repeat(26);
let bench: Bench;
let ana: Person;
let strings: Strings;
const { asked } = setUpPuppets((opened) => ({ bench, ana, strings } = opened));
let bea: Person;
beforeAll(async () => {
  bea = await bench.person('Bea');
});

const follow = (query: string, options: { lastEventId?: string; until?: string } = {}) =>
  followAll(bench.salon.url, query, {
    cookie: ana.cookie,
    ...(options.lastEventId ? { headers: { 'last-event-id': options.lastEventId } } : {}),
    until: ({ data }) => JSON.stringify(data).includes(options.until ?? 'enough now'),
  });

/** Says the word that ends each stream of these tests which follows the conversation. */
async function enough(conversationId: string): Promise<void> {
  await ana.ask(conversationId, 'enough now');
  (await strings.next('enough now')).finish();
}

it('tells about two replies and a conversation over one connection, each event with what it is for', async () => {
  const [one, two] = [await asked(), await asked()];
  const stream = follow(`reply=${one.reply.id},${two.reply.id}&conversation=${one.id}`);
  one.call.say('First **answer**\n\nof two');
  two.call.say('Second answer');
  await stream.has(({ data, event }) => event === 'tail' && data['for'] === two.reply.id);
  one.call.finish();
  two.call.finish();
  await stream.has(({ data, event }) => event === 'done' && data['for'] === two.reply.id);
  await stream.has(({ event }) => event === 'message');
  await enough(one.id);
  await stream.reading;
  expect(shownHtml(stream.of(one.reply.id))).toEqual({
    blocks: '<p>First <strong>answer</strong></p>\n',
    tail: '<p>of two</p>\n',
  });
  expect(String(stream.of(two.reply.id).at(-1)?.data['html'])).toContain('<p>Second answer</p>');
  expect(told(stream.seen)[0]).toBe('assistant complete: First **answer**\n\nof two');
  expect(
    stream.seen.every(({ data }) => [one.id, one.reply.id, two.reply.id].includes(String(data['for']))),
  ).toBe(true);
});

it('continues all of them by the id of the last event, without gap or repeat', async () => {
  const [one, two] = [await asked(), await asked()];
  const query = `reply=${one.reply.id}&reply=${two.reply.id}&conversation=${one.id},${two.id}`;
  const first = follow(query);
  one.call.say('One a.\n\nOne b');
  two.call.say('Two a.\n\nTwo b');
  await first.has(({ data, event }) => event === 'tail' && data['for'] === one.reply.id);
  await first.has(({ data, event }) => event === 'tail' && data['for'] === two.reply.id);
  one.call.finish();
  await first.has(({ event, data }) => event === 'message' && data['for'] === one.id);
  const before = [...first.seen];
  const lastEventId = before.findLast(({ id }) => id !== undefined)?.id ?? '';

  two.call.say(' and on.\n\nTwo c');
  two.call.finish();
  await ana.ended(two.id, two.reply.id);
  await ana.ask(one.id, 'said meanwhile');
  const third = await strings.next('said meanwhile');
  const second = follow(query, { lastEventId });
  await second.has(({ event, data }) => event === 'message' && data['for'] === two.id);
  third.finish();
  await enough(one.id);
  await second.reading;

  expect(second.of(one.reply.id)).toEqual([]);
  expect(told(second.of(two.id))).toEqual(['assistant complete: Two a.\n\nTwo b and on.\n\nTwo c']);
  expect(second.of(two.reply.id).map(({ event }) => event)).toEqual(['done']);
  expect(told(second.of(one.id)).slice(0, 2)).toEqual(
    ['user said: said meanwhile', 'assistant queued: '].map(
      (text, at) => (at === 1 ? expect.stringMatching(/^assistant (queued|running): $/) : text) as string,
    ),
  );
  await enough(one.id);
});

it('continues a reply in the middle of a block', async () => {
  const { id, reply, call } = await asked();
  const first = follow(`reply=${reply.id}`);
  call.say('Some **bold');
  await first.has(({ event }) => event === 'tail');
  const cut = [...first.seen];
  const lastEventId = cut.findLast((event) => event.id !== undefined)?.id ?? '';
  call.say(' words** here.\n\nNext');
  await ana.follow(reply.id, { until: ({ data }) => String(data['html']).includes('Next') });
  const second = follow(`reply=${reply.id}&conversation=${id}`, { lastEventId });
  await second.has(({ event, data }) => event === 'tail' && String(data['html']).includes('Next'));
  expect(shownHtml([...cut, ...second.seen])).toEqual({
    blocks: '<p>Some <strong>bold words</strong> here.</p>\n',
    tail: '<p>Next</p>\n',
  });
  call.finish();
  await enough(id);
  await second.reading;
});

it('starts a reply at the position that a page was drawn from', async () => {
  const { id, reply, call } = await asked();
  call.say('Drawn already.\n\nOpen');
  await waitFor(async () => (await ana.find(id, reply.id))?.content.endsWith('Open'));
  const { body } = await ana.page(`/conversations/${id}`);
  const end = /reply-feed[^>]* end="(\d+)"/.exec(body)?.[1];
  const stream = follow(`reply=${reply.id}:${end}&conversation=${id}`);
  await stream.has(({ event }) => event === 'tail');
  expect(shownHtml(stream.of(reply.id))).toEqual({ blocks: '', tail: '<p>Open</p>\n' });
  call.finish();
  await enough(id);
  await stream.reading;
});

it('tells nothing between the drawing of a page and the stream twice, and loses nothing of it', async () => {
  const { id, call } = await asked();
  const { body } = await ana.page(`/conversations/${id}`);
  const position = /data-position="([\w.]+)"/.exec(body)?.[1];
  call.say('Ended before the stream.');
  call.finish();
  await ana.ended(id, (await ana.read(id)).messages.at(-1)?.id ?? '');
  const stream = follow(`conversation=${id}:${position}`);
  await stream.has(({ event }) => event === 'message');
  await enough(id);
  await stream.reading;
  expect(told(stream.seen)).toEqual([
    'assistant complete: Ended before the stream.',
    'user said: enough now',
  ]);
});

it('tells about another answer to the same question, and that the first is one of two now', async () => {
  const { id, reply, call } = await asked();
  call.say('The first.');
  call.finish();
  await ana.ended(id, reply.id);
  const stream = follow(`conversation=${id}&reply=${reply.id}`);
  await stream.has(({ event }) => event === 'done');
  await ana.regenerate(reply.id);
  const again = await strings.next('question');
  again.say('The second.');
  again.finish();
  await stream.has(({ data }) => JSON.stringify(data).includes('The second.'));
  const first = stream.seen.find(
    ({ event, data }) => event === 'message' && String(data['html']).includes('The first.'),
  );
  expect(first?.data).toMatchObject({ message: { id: reply.id, siblings: [reply.id, expect.any(String)] } });
  expect(String(first?.data['html'])).toContain('1/2');
  await enough(id);
  await stream.reading;
});

it('tells that a stopped answer ended, and that a conversation is gone', async () => {
  const { id, reply, call } = await asked();
  const stream = follow(`conversation=${id}&reply=${reply.id}`, { until: 'not_found' });
  call.say('Half');
  await stream.has(({ event }) => event === 'tail');
  await ana.stop(reply.id);
  await stream.has(({ event }) => event === 'message');
  expect(told(stream.seen)).toEqual(['assistant stopped: Half']);
  await ana.call('DELETE', `/conversations/${id}`);
  await stream.reading;
  expect(stream.seen.at(-1)?.data).toMatchObject({ for: id, code: 'not_found' });
});

it('leaves out what is not there or not theirs without a word, and follows the rest', async () => {
  const { id, reply, call } = await asked();
  const own = await bea.begin({ content: 'of Bea herself' });
  const hers = await strings.next('of Bea herself');
  hers.say('For Bea');
  const ids = `reply=${never},${reply.id},${own.reply.id}&conversation=${never},${id}&job=${never},nonsense`;
  const stream = followAll(bench.salon.url, ids, {
    cookie: bea.cookie,
    until: ({ event, data }) => event === 'done' && data['for'] === own.reply.id,
  });
  await stream.has(({ data }) => data['for'] === own.reply.id);
  call.say('Not for Bea');
  call.finish();
  await ana.ended(id, reply.id);
  hers.finish();
  const { status, events } = await stream.reading;
  expect([status, events.at(-1)?.event]).toEqual([200, 'done']);
  expect([...new Set(events.map(({ data }) => data['for']))]).toEqual([own.reply.id]);
});

it('follows 200 things, and refuses more, none and positions that it never gave', async () => {
  const { id, call } = await asked();
  const ids = Array.from({ length: 199 }, (_, at) => String(at).padStart(26, '0'));
  const stream = follow(`conversation=${ids.join(',')}&conversation=${id}`);
  call.finish();
  await enough(id);
  const { status, events } = await stream.reading;
  expect(status).toBe(200);
  expect(events.at(-1)?.id).toMatch(/^199:\d+/);
  const statusOf = async (query: string, headers = {}) =>
    (await fetch(`${bench.salon.url}/events?${query}`, { headers: { cookie: ana.cookie, ...headers } }))
      .status;
  expect(await statusOf(`conversation=${ids.join(',')}&reply=${never},${id}`)).toBe(422);
  expect(await statusOf('')).toBe(422);
  expect(await statusOf(`conversation=${id}:junk`)).toBe(400);
  expect(await statusOf(`reply=${id}:-1`)).toBe(400);
  expect(await statusOf(`job=${id}:1`)).toBe(400);
  expect(await statusOf(`reply=${id}`, { 'last-event-id': 'junk' })).toBe(400);
});

it('answers 401 to a page that was drawn for somebody else', async () => {
  const { id } = await ana.begin();
  const answer = await bea.call('GET', `/events?conversation=${id}&user=${never}`);
  expect(answer.status).toBe(401);
});
