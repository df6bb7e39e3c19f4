import { expect, it } from 'vitest';
import { untilText } from '../support/answers.ts';
import { eventually, type ExchangeJson, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { entriesIn, type Day } from '../support/history.ts';
import type { Strings } from '../support/puppet.ts';
import { setUpPuppets, type Bench } from '../support/set-up.ts';

let bench: Bench;
let strings: Strings;
let ana: Person;
const { asked } = setUpPuppets((opened) => ({ bench, strings, ana } = opened));

const pieces = (replyId: string) =>
  query<{ position: number; text: string }>(
    bench.salon.dir,
    'select position, text from reply_pieces where reply_id = ? order by position',
    replyId,
  );
const row = (replyId: string) =>
  query(bench.salon.dir, 'select content, status from messages where id = ?', replyId)[0];
const untilPieces = (replyId: string, text: string) =>
  eventually(() => (joined(replyId) === text ? true : undefined));
const joined = (replyId: string) =>
  pieces(replyId)
    .map((piece) => piece.text)
    .join('');

it('appends what a running answer gained, and leaves its row alone until the end joins it', async () => {
  const { id, reply, call } = await asked();
  call.say('one, 😀 ');
  await untilPieces(reply.id, 'one, 😀 ');
  call.say('two, ');
  await untilPieces(reply.id, 'one, 😀 two, ');
  expect(pieces(reply.id)).toEqual([
    { position: 0, text: 'one, 😀 ' },
    { position: 8, text: 'two, ' },
  ]);
  expect(row(reply.id)).toEqual({ content: '', status: 'running' });
  call.say('three');
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ status: 'complete', content: 'one, 😀 two, three' });
  expect(row(reply.id)).toEqual({ content: 'one, 😀 two, three', status: 'complete' });
  expect(pieces(reply.id)).toEqual([]);
});

it('shows the text so far of a running answer to every reader of what is stored', async () => {
  const { id, reply, content, call } = await asked();
  call.say('so far, ');
  await untilPieces(reply.id, 'so far, ');
  call.say('so good');
  await untilPieces(reply.id, 'so far, so good');
  expect(await ana.find(id, reply.id)).toMatchObject({ status: 'running', content: 'so far, so good' });
  expect((await ana.page(`/conversations/${id}`)).body).toContain('so far, so good');
  const { body } = await ana.call<{ days: Day[] }>('GET', '/history');
  const listed = entriesIn(body.days).find(({ prompt }) => prompt === content);
  expect(listed).toMatchObject({ excerpt: 'so far, so good' });
  const entry = await ana.call('GET', listed?.url ?? '');
  expect(entry.body).toMatchObject({ answer: 'so far, so good' });
  call.finish();
  await ana.ended(id, reply.id);
});

it('goes on behind a long text without writing it anew, and stops with all of it', async () => {
  const { id, reply, call } = await asked();
  const long = 'long, '.repeat(20_000);
  call.say(long);
  await untilText(ana, reply.id, long.slice(-20));
  await ana.stop(reply.id);
  expect(row(reply.id)).toMatchObject({ content: long, status: 'stopped' });
  await ana.continueReply(reply.id);
  const next = await strings.next('Continue exactly');
  next.say('and more');
  await untilPieces(reply.id, 'and more');
  expect(pieces(reply.id)).toEqual([{ position: long.length, text: 'and more' }]);
  expect((await ana.find(id, reply.id))?.content === `${long}and more`).toBe(true);
  expect(await ana.stop(reply.id)).toMatchObject({ status: 'stopped' });
  expect(row(reply.id)?.['content'] === `${long}and more`).toBe(true);
  expect(pieces(reply.id)).toEqual([]);
});

it('takes the pieces along when the account goes in the middle of an answer', async () => {
  const ben = await bench.person('Ben');
  const { reply } = await ben.begin({ content: 'gone soon' });
  const call = await strings.next('gone soon');
  call.say('text');
  await untilPieces(reply.id, 'text');
  query(bench.salon.dir, "delete from users where username = 'Ben'");
  expect(pieces(reply.id)).toEqual([]);
  call.say(' of nobody');
  await eventually(() => call.isClosed() || undefined);
  expect(pieces(reply.id)).toEqual([]);
});

it('ends two answers on two branches with the text of each', async () => {
  const { id, reply, message, call } = await asked();
  const edit = { content: 'in other words' };
  const second = (await ana.call<ExchangeJson>('POST', `/messages/${message.id}/edit`, edit)).body.reply;
  const other = await strings.next(edit.content);
  call.say('first');
  other.say('second');
  await Promise.all([untilPieces(reply.id, 'first'), untilPieces(second.id, 'second')]);
  other.finish();
  expect(await ana.ended(id, second.id)).toMatchObject({ content: 'second' });
  expect(joined(reply.id)).toBe('first');
  call.finish();
  expect(await ana.ended(id, reply.id)).toMatchObject({ content: 'first' });
});
