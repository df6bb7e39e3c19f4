import { expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';
import { images } from '../usage/setup.ts';

type Found = { hits: { kind: string; url: string; title: string }[]; next_cursor: string | null };

let bench: Bench;
let ana: Person;
let ben: Person;
setUpPeople(['Ana', 'Ben'], (...opened) => ([bench, ana, ben] = opened));

const search = async (text: string, more = '') =>
  (await ana.call<Found>('GET', `/search?q=${encodeURIComponent(text)}${more}`)).body;
const kindsOf = async (text: string) => (await search(text)).hits.map(({ kind }) => kind).sort();

async function ask(content: string, person = ana) {
  const { id, reply } = await person.begin({ content });
  await person.ended(id, reply.id);
  return id;
}

it('finds in the trash the titles, messages and images there, and nothing from elsewhere', async () => {
  await ask('Grebes swim [[n=1]]');
  await ana.call('DELETE', `/conversations/${await ask('Grebes dive [[n=1]]')}`);
  const foreign = await ask('Grebes of Ben [[n=1]]', ben);
  await ben.call('DELETE', `/conversations/${foreign}`);
  const [image] = (await images(ana, { prompt: 'two grebes' })).images as { id: string }[];
  await ana.call('DELETE', `/images/${image?.id ?? ''}`);
  expect(await kindsOf('grebes in:trash')).toEqual(['image', 'message', 'title']);
  expect(await kindsOf('in:trash role:assistant')).toEqual(['message']);
  expect(await kindsOf('grebes swim in:trash')).toEqual([]);
  expect(await kindsOf('grebes in:trash before:2020')).toEqual([]);
  expect((await search('grebs in:trash')).hits).toHaveLength(3);
});

it('finds everything in an archive or trash without words, and says of an empty one that there is no more', async () => {
  const id = await ask('Loons call [[n=1]]');
  expect(await search('loons in:archive')).toMatchObject({ hits: [], next_cursor: null });
  await ana.call('PATCH', `/conversations/${id}`, { archived: true });
  expect(await kindsOf('in:archive')).toEqual(['message', 'message', 'title']);
  expect(await kindsOf('in:trash')).toEqual([]);
});

it('pages through all hits in a trash of a few and of many messages, each one once', async () => {
  const id = await ask('Start [[n=1]]');
  const fill = (from: number, to: number) =>
    query(
      bench.salon.dir,
      `with recursive n(i) as (select ? union all select i + 1 from n where i < ?)
        insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
        select printf('0%025d', i), c.id, c.owner_id, c.leaf_id, i, 'user', 'smew ' || i, 1700000000000 + i
        from n, conversations c where c.id = ?`,
      from,
      to,
      id,
    );
  const seen = async () => {
    const urls: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Found = await search('smew in:trash', `&limit=50${cursor && `&cursor=${cursor}`}`);
      urls.push(...page.hits.map(({ url }) => url));
      cursor = page.next_cursor;
    }
    return [urls.length, new Set(urls).size];
  };
  fill(100, 349);
  await ana.call('DELETE', `/conversations/${id}`);
  expect(await seen()).toEqual([250, 250]);
  fill(350, 2299);
  expect(await seen()).toEqual([2200, 2200]);
});
