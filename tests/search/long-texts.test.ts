import { beforeEach, expect, it } from 'vitest';
import { partAt } from '../../src/lib/search/parts.ts';
import { termsOf } from '../../src/lib/search/terms.ts';
import { eventually, type Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpChat, type Bench } from '../support/set-up.ts';

type Hit = { kind: string; message_id?: string; excerpt: string };

let bench: Bench;
let ana: Person;
let id: string;
let replyId: string;
setUpChat((opened) => ({ bench, ana } = opened));
beforeEach(async () => {
  const begun = await ana.begin({ content: 'Tell [[n=1]]' });
  await ana.ended(begun.id, begun.reply.id);
  [id, replyId] = [begun.id, begun.reply.id];
});

/** Characters of Chinese in an order without rule, the same at every run. */
function characters(count: number): string {
  let [text, state] = ['', 1];
  for (let i = 0; i < count; i += 1) {
    state = (state * 48271) % 2147483647;
    text += String.fromCharCode(0x4e00 + (state % 20_000));
  }
  return text;
}
/** A text of more than a megabyte with a word and a phrase at its beginning, in its middle and at its end. */
const chinese = characters(170_000);
const hostile = `alcedo 図書館一 ${chinese} merops 図書館二 ${chinese} coracias 図書館三`;

const write = (text: string) =>
  query(bench.salon.dir, 'update messages set content = ? where id = ?', text, replyId);
const hitsOf = async (text: string) =>
  (await ana.call<{ hits: Hit[] }>('GET', `/search?q=${encodeURIComponent(text)}`)).body.hits;
const rest = () => query(bench.salon.dir, 'select document_id from search_unfinished');
const indexed = () =>
  eventually(async () => {
    const waiting = query(bench.salon.dir, 'select message_id from search_waiting');
    return waiting.length + rest().length === 0 ? true : undefined;
  }, 60_000);

it('finds a megabyte of Chinese by what stands at its beginning, in its middle and at its end', async () => {
  write(hostile);
  await indexed();
  const found = [
    'alcedo',
    '図書館一',
    'merops',
    '図書館二',
    'coracias',
    '図書館三',
    chinese.slice(84_990, 85_010),
  ];
  for (const text of found) {
    const hits = await hitsOf(text);
    expect(
      hits.map(({ kind, message_id }) => [kind, message_id]),
      text,
    ).toEqual([['message', replyId]]);
    expect(hits[0]?.excerpt, text).toContain(`<mark>${text}</mark>`);
    type Found = { found: { hits: Hit[] } };
    const inside = await ana.call<Found>('GET', `/conversations/${id}?in=${encodeURIComponent(text)}`);
    expect(inside.body.found.hits[0]?.excerpt, text).toContain(`<mark>${text}</mark>`);
  }
  expect(await hitsOf('merops role:user')).toEqual([]);
  await ana.call('DELETE', `/conversations/${id}`);
  expect((await hitsOf('coracias in:trash')).map(({ kind }) => kind)).toEqual(['message']);
});

/** Long enough for several parts. */
const long = `alcedo ${chinese.slice(0, 30_000)} coracias`;

it('forgets all parts of a long text that is written anew, and of one that is deleted for good', async () => {
  write(long);
  await indexed();
  const others =
    'select p.id from search_parts p join search_documents d on d.id = p.document_id where d.item_id <> ?';
  write(`pitta ${long.replace('coracias', 'eurystomus')}`);
  await eventually(async () => ((await hitsOf('eurystomus')).length > 0 ? true : undefined), 60_000);
  expect(await hitsOf('coracias')).toEqual([]);
  await ana.call('DELETE', `/conversations/${id}`);
  await ana.call('DELETE', `/trash/${id}`);
  expect(await hitsOf('eurystomus')).toEqual([]);
  const left = query(bench.salon.dir, 'select id from search_parts');
  expect(left).toEqual(query(bench.salon.dir, others, replyId));
  expect(rest()).toEqual([]);
});

it('says of a conversation that it is not searched whole while the end of a long text is not indexed', async () => {
  write(`halcyon ${Array.from(chinese).reverse().join('')}`);
  type Found = { found: { complete: boolean; count: number } };
  const find = async () => (await ana.call<Found>('GET', `/conversations/${id}?in=halcyon`)).body.found;
  await eventually(async () => {
    const { count, complete } = await find();
    return count === 1 && !complete ? true : undefined;
  });
  await indexed();
  expect(await find()).toMatchObject({ count: 1, complete: true });
});

it('goes on after a restart with the parts of a long text that were not indexed', async () => {
  write(long.replace('coracias', 'todus'));
  await bench.salon.restart();
  ana = ana.at(bench.salon.url);
  await indexed();
  expect(await hitsOf('todus')).toHaveLength(1);
});

it('parts a text so that no part has many terms, nothing is left out, and phrases at the seams are kept', () => {
  // Few words that are just too many together.
  const runs = `${`${chinese.slice(0, 625)} `.repeat(8)}end `.repeat(5);
  const words = Array.from({ length: 30_000 }, (_, i) => `w${i}`).join(' ');
  for (const text of [words, chinese, `${'\u{20000}'.repeat(20_000)}!`, 'x'.repeat(300_000), runs, 'short']) {
    let next: number | undefined = 0;
    let covered = 0;
    while (next !== undefined) {
      const { end, next: after } = partAt(text, next);
      expect(next).toBeLessThanOrEqual(covered);
      const part = text.slice(next, end);
      expect(termsOf(part).split(' ').length).toBeLessThanOrEqual(text === words ? 20_000 : 10_000);
      expect(Buffer.from(part).toString()).toBe(part);
      if (after !== undefined) expect(after).toBeGreaterThan(next);
      [covered, next] = [end, after];
    }
    expect(covered).toBe(text.length);
  }
});
