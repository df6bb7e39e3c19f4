import { openDatabase } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpSalon } from '../support/set-up.ts';

/** A Salon for a test file, and people in it whose questions lie where a test wants them. */
export function setUpHistory(ready: (salon: Salon) => void = () => undefined) {
  let salon: Salon;
  let people = 0;
  setUpSalon((opened) => ready((salon = opened.salon)), { OPENAI_RATE_LIMIT_RPM: '1000' });

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
  return { personWith };
}
