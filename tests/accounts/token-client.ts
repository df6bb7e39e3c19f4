import { beforeAll } from 'vitest';
import { setUpAgents } from '../support/set-up.ts';
import type { Salon } from '../support/salon.ts';

export type Pair = { access_token: string; refresh_token: string; token_type: string; expires_in: number };

const password = 'correct horse 1';

/** For tests of bearer tokens: Ana has an account, and `post`, `signIn` and `me` speak as a program does. */
export function setUpTokens(ready: (salon: Salon) => void) {
  let salon: Salon;
  setUpAgents([], (opened) => ready((salon = opened)));
  const post = (path: string, body?: object, headers: Record<string, string> = {}) =>
    salon.anonymous().post(path).set(headers).send(body);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  beforeAll(async () => {
    await post('/api/register', { username: 'Ana', password });
  });
  return {
    password,
    post,
    bearer,
    signIn: async (username = 'Ana') =>
      (await post('/api/login', { username, password }).expect(200)).body as Pair & { user: { id: string } },
    me: (token: string) => salon.anonymous().get('/api/me').set(bearer(token)),
  };
}
