import { query } from '../support/database.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { setUpAgents } from '../support/set-up.ts';

export type Made = { id: string; key: string };

/** For tests of API keys: Ana is signed in, `make` makes a key, `get` and `post` use one as a program does. */
export function setUpKeys(ready: (salon: Salon, ana: Agent) => void) {
  let salon: Salon;
  let ana: Agent;
  setUpAgents(['Ana'], (...opened) => {
    [salon, ana] = opened;
    ready(salon, ana);
  });
  const bearer = (key: string) => ({ authorization: `Bearer ${key}`, accept: 'application/json' });
  return {
    bearer,
    make: async (body: object = {}, agent = ana) =>
      (
        await agent
          .post('/settings/keys')
          .send({ name: 'Script', ...body })
          .expect(201)
      ).body as Made,
    get: (key: string, path: string) => salon.anonymous().get(path).set(bearer(key)),
    post: (key: string, path: string, body: object = {}) =>
      salon.anonymous().post(path).set(bearer(key)).send(body),
    form: (agent: Agent, path: string, fields: Record<string, string | string[]> = {}) =>
      agent.post(path).type('form').set('accept', 'text/html').send(fields),
    rowOf: (id: string) =>
      query<{ last_used_at: number | null }>(salon.dir, 'select * from api_keys where id = ?', id)[0],
  };
}
