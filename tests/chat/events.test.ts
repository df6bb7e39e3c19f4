import { expect, it } from 'vitest';
import { followLive, untilText } from '../support/answers.ts';
import { joinedText, type Person } from '../support/chat.ts';
import { shownHtml } from '../support/events.ts';
import { setUpPuppets, type Exchange } from '../support/set-up.ts';
import { piecesOf, story } from '../support/story.ts';

let ana: Person;
const { asked } = setUpPuppets((opened) => ({ ana } = opened));

/** Tells the whole story in twelve parts, each when a reader has the one before: that makes many events. */
async function tell({ reply, call }: Exchange) {
  const reader = followLive(ana, reply.id, { query: '?format=text' });
  await reader.begun();
  let told = 0;
  for (const piece of piecesOf(story)) {
    const part = Math.floor((told * 12) / story.length);
    call.say(piece);
    told += piece.length;
    // A character that is cut in two is held back until its second half comes.
    if (Math.floor((told * 12) / story.length) > part) await reader.has(told - 1);
  }
  call.finish();
  await reader.reading;
}

/** What stands in the finished message: the piece of the page without its frame. */
const proseOf = (html: unknown) =>
  /<div class="prose" dir="auto">([\s\S]*?)<\/div>\s*(?:<p|<div|<footer|<\/article)/.exec(
    String(html),
  )?.[1] ?? '';

it('text: the deltas are the final text, and each id is the position after it', async () => {
  const exchange = await asked();
  const follower = followLive(ana, exchange.reply.id, { query: '?format=text' });
  await follower.begun();
  await tell(exchange);
  const { events, ended } = await follower.reading;
  expect(ended).toBe(true);
  expect(joinedText(events)).toBe(story);
  expect(events.at(-1)).toMatchObject({
    event: 'done',
    id: String(story.length),
    data: { message: { content: story, status: 'complete' } },
  });
  expect(events.at(-1)?.data).not.toHaveProperty('html');
  let length = 0;
  const deltas = events.filter(({ event }) => event === 'delta');
  expect(deltas.length).toBeGreaterThan(5);
  for (const { id, data } of deltas) expect(Number(id)).toBe((length += String(data['text']).length));
});

it('HTML: blocks and tail are the final HTML', async () => {
  const exchange = await asked();
  const follower = followLive(ana, exchange.reply.id);
  await follower.begun();
  await tell(exchange);
  const { events } = await follower.reading;
  const shown = shownHtml(events);
  const done = events.at(-1);
  expect(done?.event).toBe('done');
  expect(events.filter(({ event }) => event === 'block').length).toBeGreaterThan(8);
  // The reference definition at the end is the one thing that may change an earlier block.
  const final = proseOf(done?.data['html']).replace(
    /<a href="https:\/\/example\.org\/list"[^>]*>the list<\/a>/,
    '[the list][1]',
  );
  expect(final.length).toBeGreaterThan(500);
  expect(shown.blocks + shown.tail).toBe(final);
});

it.each(['html', 'text'])(
  '%s: after each k-th event a reader comes back and lacks and repeats nothing',
  async (format) => {
    const exchange = await asked();
    const { reply } = exchange;
    const whole = ana.follow(reply.id, { query: `?format=${format}` });
    const telling = tell(exchange);
    const connections = [];
    let lastEventId: string | undefined;
    for (let k = 1; ; k++) {
      const { events } = await ana.follow(reply.id, {
        query: `?format=${format}`,
        ...(lastEventId === undefined ? {} : { lastEventId }),
        until: ({ id, event }, all) =>
          event === 'done' ||
          (id !== undefined && all.filter((each) => each.id !== undefined).length >= ((k * 3) % 5) + 1),
      });
      connections.push(...events);
      lastEventId = events.findLast(({ id }) => id !== undefined)?.id ?? lastEventId;
      if (events.at(-1)?.event === 'done') break;
    }
    await telling;
    const { events } = await whole;
    expect(connections.filter(({ data }) => data['reset'])).toEqual([]);
    if (format === 'text') expect(joinedText(connections)).toBe(story);
    const { blocks, tail } = shownHtml(connections);
    const straight = shownHtml(events);
    expect(blocks + tail).toBe(straight.blocks + straight.tail);
  },
);

it('two readers and a late one agree, in both formats', async () => {
  const exchange = await asked();
  const { reply } = exchange;
  const early = [ana.follow(reply.id), ana.follow(reply.id), ana.follow(reply.id, { query: '?format=text' })];
  const telling = tell(exchange);
  await ana.follow(reply.id, { query: '?format=text', until: ({ id }) => Number(id) > story.length / 2 });
  const late = [ana.follow(reply.id), ana.follow(reply.id, { query: '?format=text' })];
  await telling;
  const [one, two, text, lateHtml, lateText] = (await Promise.all([...early, ...late])).map(
    ({ events }) => events,
  );
  expect(shownHtml(two ?? [])).toEqual(shownHtml(one ?? []));
  expect(shownHtml(lateHtml ?? [])).toEqual(shownHtml(one ?? []));
  expect(joinedText(text ?? [])).toBe(story);
  expect(joinedText(lateText ?? [])).toBe(story);
});

it.each(['junk', '-1', '1e30', '12.5', '99999999999999999999', '1;2', ' '])(
  'the id %o is refused with 400',
  async (id) => {
    const { reply, call } = await asked();
    for (const headers of [
      { query: `?after=${encodeURIComponent(id)}` },
      { lastEventId: id.trim() === '' ? 'x' : id },
    ])
      expect((await ana.follow(reply.id, headers)).status).toBe(400);
    call.finish();
  },
);

it.each(['html', 'text'])('%s: an id from the future gets everything anew', async (format) => {
  const { reply, call } = await asked();
  call.say('Hello **you**\n\nand');
  await untilText(ana, reply.id);
  const following = ana.follow(reply.id, { query: `?format=${format}`, lastEventId: '5000' });
  const first = await ana.follow(reply.id, {
    query: `?format=${format}`,
    lastEventId: '5000',
    until: (_event, all) => all.length >= 3,
  });
  expect(first.events[1]).toMatchObject({ event: 'status', data: { reset: true } });
  call.say(' all');
  call.finish();
  const { events } = await following;
  if (format === 'text') expect(joinedText(events, 'x'.repeat(5000))).toBe('Hello **you**\n\nand all');
  else
    expect(shownHtml(events, { blocks: 'old', tail: 'old' })).toEqual({
      blocks: '<p>Hello <strong>you</strong></p>\n',
      tail: '<p>and all</p>\n',
    });
});

it('a reader of a finished answer gets the rest of the text and done at once', async () => {
  const { id, reply, call } = await asked();
  call.say('Short **answer**');
  call.finish();
  await ana.ended(id, reply.id);
  const text = await ana.follow(reply.id, { query: '?format=text&after=6' });
  expect(text.events.map(({ event }) => event)).toEqual(['delta', 'done']);
  expect(joinedText(text.events)).toBe('**answer**');
  const html = await ana.follow(reply.id);
  expect(html.events.map(({ event }) => event)).toEqual(['done']);
  expect(String(html.events[0]?.data['html'])).toContain('<strong>answer</strong>');
  const future = await ana.follow(reply.id, { query: '?format=text', lastEventId: '777' });
  expect(joinedText(future.events, 'lost')).toBe('Short **answer**');
});
