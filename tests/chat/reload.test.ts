import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import { eventually, type Person } from '../support/chat.ts';
import { shownHtml } from '../support/events.ts';
import type { Puppet, Strings } from '../support/puppet.ts';
import { setUpPuppets } from '../support/set-up.ts';
import { piecesOf, story } from '../support/story.ts';

let strings: Strings;
let ana: Person;
setUpPuppets((opened) => ({ strings, ana } = opened));

/** What a browser has after loading the page: the finished blocks, the open one, and where to go on. */
function drawnOn(page: string) {
  const [, position = '', blocks = '', tail = ''] =
    /<reply-feed [^>]*end="(\d+)"[^>]*>\s*<div class="prose" dir="auto"><div data-blocks>([\s\S]*?)<\/div><div data-tail>([\s\S]*?)<\/div><\/div>\s*<p class="waiting"/.exec(
      page,
    ) ?? [];
  return { position, blocks, tail };
}

const storedLength = async (conversationId: string, replyId: string) =>
  (await ana.find(conversationId, replyId))?.content.length ?? 0;

const untilStoredBeyond = (length: number, conversationId: string, replyId: string) =>
  eventually(async () => ((await storedLength(conversationId, replyId)) > length ? true : undefined));

async function say(call: Puppet, pieces: string[]) {
  for (const piece of pieces) call.say(piece);
  await new Promise((resolve) => setImmediate(resolve));
}

it('ten reloads in the course of an answer all go on from what the page shows', async () => {
  const { id, reply } = await ana.begin({ content: 'Tell me' });
  const call = await strings.next();
  const straight = ana.follow(reply.id);
  const pieces = piecesOf(story);
  const readers = [];
  for (let i = 0; i < 10; i++) {
    const stored = await storedLength(id, reply.id);
    const page = await ana.page(`/conversations/${id}`);
    expect(page.body).toContain('Tell me');
    const drawn = drawnOn(page.body);
    expect(drawn.position).toMatch(/^\d+$/);
    const following = ana.follow(reply.id, { query: `?after=${drawn.position}` });
    readers.push({ drawn, following });
    const from = Math.floor((i * pieces.length) / 10);
    const to = Math.floor(((i + 1) * pieces.length) / 10);
    await say(call, pieces.slice(from, to));
    // The page is drawn from what is stored: every other time newer than the last one, else as old as it may be.
    if (i % 2 === 0) await untilStoredBeyond(stored, id, reply.id);
  }
  call.finish();
  const { events } = await straight;
  const whole = shownHtml(events);
  const positions = readers.map(({ drawn }) => Number(drawn.position));
  expect(new Set(positions).size).toBeGreaterThan(3);
  for (const { drawn, following } of readers) {
    const read = await following;
    expect(read.events.filter(({ data }) => data['reset'])).toEqual([]);
    // As the script does it: the blocks stay, the open one is sent again from its beginning.
    const shown = shownHtml(read.events, { blocks: drawn.blocks, tail: '' });
    expect(shown.blocks + shown.tail).toBe(whole.blocks + whole.tail);
    expect(read.events.at(-1)?.event).toBe('done');
  }
});

it('after the end a reload shows exactly one whole answer, and nothing that runs', async () => {
  const { id, reply } = await ana.begin({ content: 'Once [[n=3]]' });
  const call = await strings.next('Once');
  call.say('Only **once**');
  call.finish();
  await ana.ended(id, reply.id);
  const { body } = await ana.page(`/conversations/${id}`);
  expect(body.match(/Only <strong>once<\/strong>/g)).toHaveLength(1);
  expect(body).not.toContain('<reply-feed');
});

it('a page that was drawn just before the end gets done at once', async () => {
  const { id, reply } = await ana.begin({ content: 'Twice' });
  const call = await strings.next('Twice');
  call.say('Text');
  const drawn = drawnOn((await ana.page(`/conversations/${id}`)).body);
  call.finish();
  await ana.ended(id, reply.id);
  const { events } = await ana.follow(reply.id, { query: `?after=${drawn.position}` });
  expect(events.map(({ event }) => event)).toEqual(['done']);
  expect(String(events[0]?.data['html'])).toContain('<p>Text</p>');
});

it('does not start anew when the reader of a page comes in the middle of a long open block', async () => {
  const { id, reply } = await ana.begin({ content: 'Long block' });
  const call = await strings.next('Long block');
  await say(
    call,
    Array.from({ length: 300 }, (_, i) => `word${i} **bold${i}** `),
  );
  await untilText(ana, reply.id, 'bold299** ');
  const following = ana.follow(reply.id);
  const drawn = await eventually(async () => {
    const page = drawnOn((await ana.page(`/conversations/${id}`)).body);
    return page.tail.includes('bold299') ? page : undefined;
  });
  expect(drawn.tail).toContain('bold299');
  const reader = ana.follow(reply.id, { query: `?after=${drawn.position}` });
  await say(call, ['and\n\nthe end']);
  call.finish();
  const [all, one] = await Promise.all([following, reader]);
  expect(one.events.filter(({ data }) => data['reset'])).toEqual([]);
  expect(shownHtml(one.events, { blocks: drawn.blocks, tail: '' })).toEqual(shownHtml(all.events));
});
