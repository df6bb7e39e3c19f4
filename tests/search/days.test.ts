import { beforeEach, expect, it } from 'vitest';
import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';
import { setUpPeople, type Bench } from '../support/set-up.ts';

let bench: Bench;
let ana: Person;
setUpPeople(['Ana'], (opened, first) => ([bench, ana] = [opened, first]));

/** In Kiritimati, 14 hours ahead, it is 2 o'clock on the first of May. */
const INSTANT = '2026-04-30T12:00:00Z';
let id: string;

beforeEach(async () => {
  const begun = await ana.begin({ content: 'Where are we? [[n=1]]' });
  await ana.ended(begun.id, begun.reply.id);
  id = begun.id;
  query(
    bench.salon.dir,
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, created_at)
      select ?, m.conversation_id, m.owner_id, m.id, 10, 'user', 'Noddies fly', ? from messages m where m.id = ?`,
    '1'.repeat(26),
    Date.parse(INSTANT),
    begun.reply.id,
  );
});

const liveIn = (zone: string) => ana.call('PATCH', '/settings', { time_zone: zone });
type Found = { count: number; hits: { message_id: string }[] };

const hitsOf = async (filter: string) => {
  const text = encodeURIComponent(`noddies ${filter}`);
  const { hits } = (await ana.call<{ hits: unknown[] }>('GET', `/search?q=${text}`)).body;
  const { found } = (await ana.call<{ found: Found }>('GET', `/conversations/${id}?in=${text}`)).body;
  const { days } = (
    await ana.call<{ days: { entries: { prompt: string }[] }[] }>(
      'GET',
      `/history?q=${encodeURIComponent(filter)}`,
    )
  ).body;
  const entries = days.flatMap((day) => day.entries).filter(({ prompt }) => prompt === 'Noddies fly');
  return { search: hits.length, conversation: found.count, history: entries.length };
};
const all = { search: 1, conversation: 1, history: 1 };
const none = { search: 0, conversation: 0, history: 0 };

it('begins days, months and years where the person is, in all three places where one searches', async () => {
  await liveIn('Pacific/Kiritimati');
  for (const filter of ['after:2026-05-01', 'after:2026-05', 'before:2026-05-02', 'after:2026'])
    expect(await hitsOf(filter), filter).toEqual(all);
  for (const filter of ['before:2026-05-01', 'before:2026-05', 'after:2026-05-02', 'before:2026'])
    expect(await hitsOf(filter), filter).toEqual(none);
  await liveIn('Pacific/Pago_Pago');
  expect(await hitsOf('after:2026-05-01')).toEqual(none);
  expect(await hitsOf('after:2026-4-30 before:2026-5-1')).toEqual(all);
});

it('takes a date that there is not for words', async () => {
  expect(await hitsOf('after:2026-02-30')).toMatchObject({ search: 0, conversation: 0 });
  expect((await ana.page('/search?q=after%3A2026-02-30')).body).not.toContain('Remove the filter');
});
