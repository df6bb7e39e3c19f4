import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, query } from '../support/database.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

let salon: Salon;
let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
  salon = await startSalon({
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: 'test-key',
    OPENAI_RATE_LIMIT_RPM: '1000',
  });
});
afterAll(async () => {
  await salon.close();
  await server.close();
});

type Entry = {
  index: number;
  kind: string;
  prompt: string;
  excerpt: string;
  url: string;
  created_at: string;
};
type Day = { date: string; entries: Entry[] };
let people = 0;

/** A person in a zone with a question at each of these instants. */
async function personWith(zone: string | null, instants: string[]): Promise<Agent> {
  const name = `Person ${people++}`;
  const agent = await salon.signUp(name);
  if (zone) await agent.patch('/settings').send({ time_zone: zone }).expect(200);
  for (const instant of instants)
    await agent
      .post('/generate_code')
      .send({ prompt: `at ${instant} [[n=2]]` })
      .expect(200);
  const db = openDatabase(salon.dir);
  for (const instant of instants)
    db.prepare(
      `update messages set created_at = ? where role = 'user' and content = ?
        and owner_id = (select id from users where username = ?)`,
    ).run(Date.parse(instant), `at ${instant} [[n=2]]`, name);
  db.close();
  return agent;
}
const daysOf = async (agent: Agent, search = '') =>
  (await agent.get(`/history${search}`).expect(200)).body.days as Day[];

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
