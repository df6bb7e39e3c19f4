import { expect, it } from 'vitest';
import { openDatabase } from '../support/database.ts';
import { entriesOf } from '../support/history.ts';
import type { Salon } from '../support/salon.ts';
import { setUpHistory } from './setup.ts';

let salon: Salon;
const { personWith } = setUpHistory((opened) => (salon = opened));

const promptsIn = (page: string) =>
  [...page.matchAll(/class="entry-prompt"[^>]*>at (\S+) /g)].map(([, instant]) => instant);
const linkIn = (page: string, rel: string) =>
  new RegExp(`rel="${rel}" href="([^"]+)"`).exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';

it('leads from the calendar to a day, and from there to what is newer and older', async () => {
  const instants = ['2026-05-03T10:00:00Z', '2026-05-04T10:00:00Z', '2026-05-05T10:00:00Z'];
  const agent = await personWith('Europe/Berlin', instants);
  const page = async (path: string) => (await agent.get(path).set('accept', 'text/html').expect(200)).text;
  const all = await page('/history');
  expect(all).toContain('href="/history?day=2026-05-04#day-2026-05-04"');
  expect(all).not.toContain('day=2026-05-06');
  expect(all).toContain('Europe/Berlin');

  const day = await page('/history?day=2026-05-04&limit=1');
  expect(promptsIn(day)).toEqual([instants[1]]);
  expect(promptsIn(await page(linkIn(day, 'next')))).toEqual([instants[0]]);
  expect(promptsIn(await page(linkIn(day, 'prev')))).toEqual([instants[2]]);
});

it('shows one kind of entry, with the numbers that they have among all', async () => {
  const agent = await personWith(null, ['2026-05-05T10:00:00Z', '2026-05-05T11:00:00Z']);
  expect(await entriesOf(agent, '?kind=image')).toEqual([]);
  expect((await entriesOf(agent, '?kind=chat')).map(({ index }) => index)).toEqual([1, 0]);
});

it('refuses a day that does not exist', async () => {
  const agent = await personWith(null, []);
  for (const query of ['day=2026-02-30', 'day=x', 'newer=x'])
    await agent.get(`/history?${query}`).expect(422);
});

it('has nothing of a temporary conversation', async () => {
  const agent = await personWith(null, ['2026-05-05T10:00:00Z', '2026-05-05T11:00:00Z']);
  const [, first] = await entriesOf(agent);
  const db = openDatabase(salon.dir);
  db.prepare(
    `update conversations set kind = 'temporary'
      where id in (select conversation_id from messages where content = ?)`,
  ).run(first?.prompt);
  db.close();
  expect((await entriesOf(agent)).map(({ index }) => index)).toEqual([0]);
  await agent.get('/chatlog/2026-05-05/1').expect(404);
});
