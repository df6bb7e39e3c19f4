import { expect, it } from 'vitest';
import { query } from '../support/database.ts';
import { daysOf } from '../support/history.ts';
import type { Salon } from '../support/salon.ts';
import { setUpHistory } from './setup.ts';

let salon: Salon;
const { personWith } = setUpHistory((opened) => (salon = opened));

it('keeps the order of entries of the same instant, and their indexes, at every look', async () => {
  const agent = await personWith('UTC', []);
  for (let i = 0; i < 6; i++)
    await agent
      .post('/generate_code')
      .send({ prompt: `same ${i} [[n=1]]` })
      .expect(200);
  query(salon.dir, "update messages set created_at = 1767225600000 where content like 'same %'");
  const [day] = await daysOf(agent);
  expect(day?.entries.map(({ prompt, index }) => [prompt, index])).toEqual(
    [5, 4, 3, 2, 1, 0].map((i) => [`same ${i} [[n=1]]`, i]),
  );
  for (let i = 0; i < 6; i++)
    expect((await agent.get(`/chatlog/2026-01-01/${i}`)).body.prompt).toBe(`same ${i} [[n=1]]`);
});

it('shows a day and an entry as pages in the account\u2019s language', async () => {
  const agent = await personWith('Europe/Berlin', ['2026-05-04T22:30:00Z', '2026-05-05T10:00:00Z']);
  await agent.patch('/settings').send({ language: 'de' }).expect(200);
  const list = await agent.get('/history').set('accept', 'text/html').expect(200);
  expect(list.text).toContain('Dienstag, 5. Mai 2026');
  expect(list.text).toContain('href="/chatlog/2026-05-05/0"');
  const page = await agent.get('/chatlog/2026-05-05/1').set('accept', 'text/html').expect(200);
  expect(page.text).toContain('2026-05-05T10:00:00Z');
  expect(page.text).toContain('href="/chatlog/2026-05-05/0"');
  expect(page.text).not.toContain('/chatlog/2026-05-05/2');
});
