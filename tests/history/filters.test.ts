import { expect, it } from 'vitest';
import { openDatabase, query } from '../support/database.ts';
import { daysOf, entriesIn, entriesOf } from '../support/history.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpHistory } from './setup.ts';

let salon: Salon;
const { personWith } = setUpHistory((opened) => (salon = opened));

const filteredBy = (filters: string, more = '') => `?q=${encodeURIComponent(filters)}${more}`;
const promptsOf = async (agent: Agent, filters: string, more = '&limit=100') =>
  (await entriesOf(agent, filteredBy(filters, more))).map(({ prompt }) => prompt.replace(' [[n=2]]', ''));
const pageOf = async (agent: Agent, path: string) =>
  (await agent.get(path).set('accept', 'text/html').expect(200)).text;

it('narrows by days, months and years in the time zone of the person', async () => {
  // In Berlin the second one is on the first of May.
  const instants = ['2026-04-30T20:00:00Z', '2026-04-30T22:30:00Z', '2026-05-02T10:00:00Z'];
  const agent = await personWith('Europe/Berlin', instants);
  const [april, may, second] = instants.map((instant) => `at ${instant}`);
  expect(await promptsOf(agent, 'before:2026-05-01')).toEqual([april]);
  expect(await promptsOf(agent, 'after:2026-05')).toEqual([second, may]);
  expect(await promptsOf(agent, 'after:2026-05-01 before:2026-05-02')).toEqual([may]);
  expect(await promptsOf(agent, 'before:2026')).toEqual([]);
});

it('narrows by the model of an answer, and keeps the address of each entry', async () => {
  const instants = ['2026-05-02T10:00:00Z', '2026-05-02T11:00:00Z', '2026-05-02T12:00:00Z'];
  const agent = await personWith('UTC', instants);
  query(
    salon.dir,
    `update messages set model = 'Other-7B' where parent_id in
      (select id from messages where content like 'at 2026-05-02T11:00%')`,
  );
  expect(await promptsOf(agent, 'model:other')).toEqual(['at 2026-05-02T11:00:00Z']);
  expect((await entriesOf(agent, filteredBy('model:other')))[0]?.url).toBe('/chatlog/2026-05-02/1');
  expect(await promptsOf(agent, 'model:other model:nobodys')).toEqual([]);
});

it('tells what has an image from what has none', async () => {
  const agent = await personWith('UTC', ['2026-05-02T10:00:00Z']);
  await agent.post('/generate_image').send({ prompt: 'a boat' }).expect(200);
  expect(await promptsOf(agent, 'has:image')).toEqual(['a boat']);
  expect(await promptsOf(agent, 'has:file')).toEqual([]);
});

it('shows filters as words that can be removed, and counts in the calendar what matches', async () => {
  const agent = await personWith('UTC', ['2026-05-02T10:00:00Z', '2026-05-03T10:00:00Z']);
  const page = await pageOf(agent, `/history${filteredBy('before:2026-05-03 herons')}`);
  expect(page).toContain('href="/history?q=herons" aria-label="Remove the filter before:2026-05-03"');
  expect(page).toContain('href="/history?q=before%3A2026-05-03+herons&amp;day=2026-05-02#day-2026-05-02"');
  expect(page).not.toContain('day=2026-05-03#');
  expect(page).toContain('Search for “herons”');
});

it('says on a page beyond the last match that there is no more, and leads to the nearest page with some', async () => {
  const agent = await personWith('UTC', ['2026-05-02T10:00:00Z', '2026-05-03T10:00:00Z']);
  const id = (digit: string) => digit.repeat(26);
  const above = await pageOf(
    agent,
    `/history${filteredBy('before:2026-05-03', `&newer=1777800000000-${id('0')}`)}`,
  );
  expect(above).toContain('Nothing newer is here.');
  expect(above).not.toContain('cursor=');
  const [, newest = ''] = /href="([^"]*)">Go to the newest/.exec(above) ?? [];
  expect(await pageOf(agent, newest)).toContain('at 2026-05-02');
  const below = await pageOf(
    agent,
    `/history${filteredBy('after:2026-05-03', `&cursor=1777800000000-${id('0')}`)}`,
  );
  expect(below).toContain('Nothing older is here.');
  const [, oldest = ''] = /href="([^"]*)">Go to the oldest/.exec(below) ?? [];
  expect(await pageOf(agent, oldest.replace('&amp;', '&'))).toContain('at 2026-05-03');
  const none = await pageOf(agent, `/history${filteredBy('before:2020', `&newer=1777800000000-${id('0')}`)}`);
  expect(none).toContain('There is nothing here.');
  expect(none).not.toContain('cursor=');
});

it('pages through what matches in both directions, also where most entries do not', async () => {
  const agent = await personWith('UTC', ['2026-05-02T10:00:00Z']);
  const db = openDatabase(salon.dir);
  const [start] = query<{ id: string; conversation_id: string; owner_id: string }>(
    salon.dir,
    `select id, conversation_id, owner_id from messages where role = 'user' order by rowid desc limit 1`,
  );
  const insert = db.prepare(
    `insert into messages (id, conversation_id, owner_id, parent_id, seq, role, content, model, status, created_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const { conversation_id: conversation = '', owner_id: owner = '' } = start ?? {};
  const idOf = (n: number) => `00${String(n).padStart(24, '0')}`;
  db.transaction(() => {
    for (let n = 0; n < 4000; n += 1) {
      const at = Date.parse('2025-01-01') + n * 1000;
      const model = n === 5 || n === 3990 ? 'rare-model' : 'usual';
      const seq = 100 + n * 2;
      insert.run(idOf(n * 2), conversation, owner, conversation, seq, 'user', `number ${n}`, null, null, at);
      insert.run(
        ...[
          idOf(n * 2 + 1),
          conversation,
          owner,
          idOf(n * 2),
          seq + 1,
          'assistant',
          'x',
          model,
          'complete',
          at,
        ],
      );
    }
  })();
  db.close();
  const found: string[] = [];
  let cursor: string | null = '';
  for (let look = 0; look < 10 && cursor !== null; look += 1) {
    const more: string = cursor && `&cursor=${cursor}`;
    const { body } = await agent.get(`/history${filteredBy('model:rare', more)}`).expect(200);
    found.push(...entriesIn(body.days).map(({ prompt }) => prompt));
    cursor = body.next_cursor;
  }
  expect(found).toEqual(['number 3990', 'number 5']);
  const newer = await daysOf(
    agent,
    filteredBy('model:rare', `&newer=${Date.parse('2025-01-01')}-${idOf(0)}`),
  );
  expect(entriesIn(newer).map(({ prompt }) => prompt)).toEqual(['number 5']);
});
